"""Pages for readers: the home, the brief in a browser, a word on a pick, leaving, help."""
