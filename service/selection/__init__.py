"""Choosing: candidates, scores, the top five, and the reason for each pick."""
