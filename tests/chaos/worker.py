"""The workers' app as the harness runs it: a clock that can be put wrong, and perhaps a bug."""

import datetime as dt
import os
from pathlib import Path

from service.clock import SystemClock
from tests.chaos.bugs import BUGS
from workers.app import app

__all__ = ["app"]  # Celery looks for it here


def shifted_now(_clock: SystemClock) -> dt.datetime:
    """Return the time by a clock that is wrong by what CHAOS_CLOCKS says of this process."""
    wrong_by = 0.0
    path = Path(os.environ["CHAOS_CLOCKS"])
    if path.exists():
        for line in path.read_text("ascii").splitlines():
            pid, seconds = line.split()
            wrong_by = float(seconds) if int(pid) == os.getpid() else wrong_by
    return dt.datetime.now(dt.UTC) + dt.timedelta(seconds=wrong_by)


setattr(SystemClock, "now", shifted_now)  # noqa: B010 - a method; mypy holds a plain assignment for a fault
if name := os.environ["CHAOS_MUTANT"]:
    BUGS[name](setattr)
