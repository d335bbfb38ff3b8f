"""The workers' app with one planted bug, named by CHAOS_MUTANT; for the harness alone."""

import os

from tests.chaos.bugs import BUGS
from workers.app import app

__all__ = ["app"]  # Celery looks for it here

BUGS[os.environ["CHAOS_MUTANT"]](setattr)
