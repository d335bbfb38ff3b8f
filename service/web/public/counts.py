"""How much there is on each topic and of each podcast: counted now and then, not for every page."""

import datetime as dt
import time
from collections.abc import Callable
from threading import Lock
from typing import Generic, TypeVar

from sqlalchemy.orm import Session

from service.insights.catalogue import (
    CountedPodcast,
    CountedTopic,
    counted_podcasts,
    counted_topics,
)

MOST_PODCASTS = 500
Counted = TypeVar("Counted")


class Counts:
    """What was counted last; shared by all threads, of which one counts while the others wait."""

    def __init__(self, *, seconds: float) -> None:
        self._topics = _Kept[CountedTopic](seconds)
        self._podcasts = _Kept[CountedPodcast](seconds)

    def topics(self, session: Session, *, now: dt.datetime) -> list[CountedTopic]:
        """Return the topics of which there is something to read, by name."""
        return self._topics.get(lambda: counted_topics(session, now=now))

    def podcasts(self, session: Session, *, now: dt.datetime) -> list[CountedPodcast]:
        """Return the podcasts of which there is something to read, those with most first."""
        return self._podcasts.get(lambda: counted_podcasts(session, now=now, limit=MOST_PODCASTS))


class _Kept(Generic[Counted]):
    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._lock = Lock()
        self._counted: list[Counted] = []
        self._counted_at = float("-inf")

    def get(self, count: Callable[[], list[Counted]]) -> list[Counted]:
        with self._lock:
            if time.monotonic() - self._counted_at >= self._seconds:
                self._counted = count()
                self._counted_at = time.monotonic()
            return self._counted
