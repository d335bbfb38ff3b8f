"""Find processes by their parent, and signal them by their number, never by a name."""

import os
import signal
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")
_START_TIME = 19  # of what follows the name in /proc/PID/stat


@dataclass(frozen=True, slots=True)
class Seen:
    """One process, told from a later one with the same number by when it started."""

    pid: int
    started: str

    @property
    def lives(self) -> bool:
        return _started(self.pid) == self.started

    def signal(self, number: signal.Signals) -> bool:
        """Send a signal; False when it is not there any more."""
        if not self.lives:
            return False
        with suppress(ProcessLookupError):
            os.kill(self.pid, number)
            return True
        return False


def seen(pid: int) -> Seen | None:
    started = _started(pid)
    return None if started is None else Seen(pid, started)


def children_of(pid: int) -> list[Seen]:
    """Return the direct children that live."""
    try:
        words = (PROC / str(pid) / "task" / str(pid) / "children").read_text("ascii").split()
    except OSError:
        return []
    return [child for word in words if (child := seen(int(word))) is not None]


def _started(pid: int) -> str | None:
    """Return when a process started, in ticks since boot; None for one that has ended."""
    try:
        after_name = (PROC / str(pid) / "stat").read_text("ascii", "replace").rpartition(")")[2]
    except OSError:
        return None
    fields = after_name.split()
    return None if fields[0] == "Z" else fields[_START_TIME]
