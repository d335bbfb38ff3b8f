"""The parts that run without a server: broker, mail catcher, supervised processes."""
