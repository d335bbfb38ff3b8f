"""What we know about a person: showing it, handing it over, erasing it."""
