"""Doors for providers that report what became of mail; closed unless configured."""
