"""Pages for staff: signing in, today's state, lists, people and editions."""
