"""Celery workers and beat: a second root on top of service."""
