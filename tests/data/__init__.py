"""Texts written for the tests, and how to read them."""
