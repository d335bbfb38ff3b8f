"""Hold a pace of so many a second, over all waves of one transport."""

import time
from collections.abc import Callable


class Limiter:
    """A bucket that refills at `per_second` and holds a tenth of a second's worth, at least one."""

    def __init__(self, per_second: float, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._per_second = per_second
        self._clock = clock
        self._size = max(1.0, per_second / 10)
        self._permits = self._size
        self._refilled_at = clock()

    def take(self, count: int = 1) -> bool:
        """Take `count` permits if there is at least one; a debt delays the next taker."""
        if not self._per_second:
            return True
        self._refill()
        if self._permits < 1:
            return False
        self._permits -= count
        return True

    def delay(self) -> float:
        """Return the seconds until `take` will succeed."""
        if not self._per_second:
            return 0.0
        self._refill()
        return max(0.0, (1 - self._permits) / self._per_second)

    def _refill(self) -> None:
        now = self._clock()
        gained = (now - self._refilled_at) * self._per_second
        self._permits = min(self._size, self._permits + gained)
        self._refilled_at = now
