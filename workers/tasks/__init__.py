"""Three-line tasks that call the deeds of service."""
