"""The only "now": decisions take a clock, so that tests and `--at` can move it.

Leases and heartbeats do not use this clock; they compare with the database's own
(`service.db.time.database_now`), since several machines must agree on them.
"""

import datetime as dt
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


@dataclass(slots=True)
class FixedClock:
    """A clock that stands at one moment until it is moved."""

    moment: dt.datetime

    def now(self) -> dt.datetime:
        return self.moment

    def advance(self, by: dt.timedelta) -> None:
        self.moment += by
