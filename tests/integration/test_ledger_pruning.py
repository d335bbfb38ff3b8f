"""What only looking back needs goes after half a year; what is still needed stays."""

import datetime as dt

import pytest
from sqlalchemy import func, select

from service.db.database import Database
from service.feedback.event_models import DeliveryEvent
from service.feedback.prune import KEPT, prune_ledger
from service.ledger.models import Attempt, Wave
from tests.factories.store import NOW

LONG_AGO = NOW - KEPT - dt.timedelta(days=1)
LATELY = NOW - dt.timedelta(days=1)


def wave(name: str, worker: str, started_at: dt.datetime, *, settled: bool = True) -> Wave:
    return Wave(
        id=name,
        worker=worker,
        transport="memory",
        size=1,
        started_at=started_at,
        lease_until=started_at,
        settled_at=started_at if settled else None,
    )


def left(database: Database) -> set[str]:
    with database.reading() as session:
        return set(session.scalars(select(Wave.id)))


def test_old_waves_go_but_the_last_of_each_machine(database: Database):
    hour = dt.timedelta(hours=1)
    with database.transaction() as session:
        session.add_all(
            [
                wave("idle-first", "idle:1:a", LONG_AGO - hour),
                wave("idle-last", "idle:2:b", LONG_AGO),
                wave("busy-old", "busy:1:c", LONG_AGO - 2 * hour),
                wave("busy-new", "busy:1:c", LATELY),
                wave("never-settled", "busy:9:d", LONG_AGO - 3 * hour, settled=False),
            ]
        )
    assert prune_ledger(database, now=NOW) == 2
    assert left(database) == {"idle-last", "busy-new", "never-settled"}


@pytest.mark.parametrize(("at", "stays"), [(LONG_AGO, 0), (LATELY, 1)])
def test_tries_and_events_go_when_they_are_old(database: Database, at: dt.datetime, stays: int):
    with database.transaction() as session:
        session.add(
            Attempt(
                local_date=at.date(), brief_id=1, attempt=1, verdict="failed", stage="", ended_at=at
            )
        )
        session.add(
            DeliveryEvent(
                provider="postmark",
                event_key="e",
                kind="delivered",
                happened_at=at,
                received_at=at,
                verdict="noted",
                raw="{}",
            )
        )
    assert prune_ledger(database, now=NOW) == 2 * (1 - stays)
    with database.reading() as session:
        for table in (Attempt, DeliveryEvent):
            assert session.scalar(select(func.count()).select_from(table)) == stays
