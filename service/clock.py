"""The only "now": decisions take a clock, so that tests and `--at` can move it.

Leases and heartbeats do not use this clock; they compare with the database's own
(`service.db.time.database_now`), since several machines must agree on them.
"""

import datetime as dt
import time
from dataclasses import dataclass
from typing import Protocol


class Clock(Protocol):
    def now(self) -> dt.datetime:
        """Return the present moment, aware, in UTC."""
        ...


class SystemClock:
    """The clock of this machine."""

    def now(self) -> dt.datetime:
        return dt.datetime.now(dt.UTC)


class SteadyClock:
    """Another clock as it was when this one was last set, and the seconds that have passed since.

    For loops that last: when somebody moves the machine's clock, what they write meanwhile is still
    right, and whoever sets this clock can look first whether the other one may be believed.
    """

    def __init__(self, wall: Clock) -> None:
        self.wall = wall
        self.set()

    def set(self) -> None:
        """Take the other clock's time."""
        self._set_at = self.wall.now(), time.monotonic()

    def now(self) -> dt.datetime:
        moment, at = self._set_at
        return moment + dt.timedelta(seconds=time.monotonic() - at)


@dataclass(slots=True)
class FixedClock:
    """A clock that stands at one moment until it is moved."""

    moment: dt.datetime

    def now(self) -> dt.datetime:
        return self.moment

    def advance(self, by: dt.timedelta) -> None:
        self.moment += by
