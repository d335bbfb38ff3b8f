"""What providers tell us, read into our own words; one file a provider, named as its transport."""
