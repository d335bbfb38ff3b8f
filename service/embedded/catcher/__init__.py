"""The mail catcher: takes every mail, relays none, and shows them on an inbox page."""
