"""Metrics, health, lateness and the equation, for those who watch."""
