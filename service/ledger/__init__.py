"""What is owed and what became of it: states, waves, heartbeats, what was shown to whom."""
