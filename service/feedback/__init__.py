"""What comes back from readers, and what it changes."""
