"""Is everything there that sending needs? One answer a part, and what is wrong with it."""

from collections.abc import Iterator
from dataclasses import dataclass

from service.config import Settings
from service.db.database import Database
from service.errors import UnavailableError
from service.jobs import queue_lengths
from service.ledger.heartbeats import age_seconds
from service.ledger.stops import standing as stops
from service.ledger.stops import way_out

WORKER_SILENCE_SECONDS = 60.0
LEAST_BEAT_SILENCE_SECONDS = 90.0
TICKS_MISSED = 3


@dataclass(frozen=True, slots=True)
class Check:
    """One part; `wrong` is None when it is well."""

    part: str
    wrong: str | None = None


def check_parts(database: Database, settings: Settings) -> list[Check]:
    """Return a check for the database, the broker, beat, the workers, and what stops sending."""
    return [*_store_and_signs(database, settings), _broker(settings)]


def _store_and_signs(database: Database, settings: Settings) -> Iterator[Check]:
    try:
        with database.reading() as session:
            beat_age = age_seconds(session, "beat")
            worker_age = age_seconds(session, "worker")
            standing = [f"{stop.reason} (then: {way_out(stop)})" for stop in stops(session)]
    except UnavailableError as error:
        yield Check("database", str(error))
        yield Check("beat", "not known while the database is away")
        yield Check("worker", "not known while the database is away")
        yield Check("sending", "not known while the database is away")
        return
    beat_limit = max(LEAST_BEAT_SILENCE_SECONDS, TICKS_MISSED * settings.beat.tick_seconds)
    yield Check("database")
    yield Check("beat", _silence("beat", beat_age, beat_limit))
    yield Check("worker", _silence("a worker", worker_age, WORKER_SILENCE_SECONDS))
    yield Check("sending", "; ".join(standing) or None)


def _broker(settings: Settings) -> Check:
    try:
        queue_lengths(settings)
    except UnavailableError as error:
        return Check("broker", str(error))
    return Check("broker")


def _silence(who: str, age: float | None, limit: float) -> str | None:
    if age is None:
        return f"{who} has never been seen: start it with `podbrief up`"
    if age > limit:
        return f"{who} was last seen {age:.0f} s ago, {limit:.0f} s are allowed"
    return None
