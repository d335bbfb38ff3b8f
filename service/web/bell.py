"""Ring for the workers from a page: after its answer, and not for every press of a button."""

import time
from threading import Lock

from service.config import Settings
from service.jobs import Doorbell, Job

REST_SECONDS = 1.0  # what falls between two rings is found by the workers' own look a moment later


class Bell:
    """A doorbell that is made at its first ring and rests between rings."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._doorbell: Doorbell | None = None
        self._rung: dict[Job, float] = {}
        self._one_at_a_time = Lock()

    def ring(self, job: Job) -> bool:
        """Ring, unless it was rung a moment ago; return whether the broker took it."""
        with self._one_at_a_time:
            now = time.monotonic()
            if now - self._rung.get(job, float("-inf")) < REST_SECONDS:
                return False
            self._rung[job] = now
            if self._doorbell is None:
                self._doorbell = Doorbell(self._settings)
        return self._doorbell.ring(job)
