"""Podcasts, episodes, insights and topics: the store the five are chosen from."""
