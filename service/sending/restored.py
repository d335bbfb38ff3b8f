"""Go on after the store was restored from a copy: hold what may have been sent, then lift the stop.

Works with or without safe mode having been entered by itself: whoever restores a store says so
before the workers start, and need not rely on their noticing.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from service.audience.models import Subscription, SubscriptionStatus
from service.db.database import Database
from service.editions.models import Brief, Edition, EditionState
from service.editions.plan import plan_due
from service.errors import ConflictError
from service.ledger import stops
from service.ledger.state import CLAIMABLE, DeliveryState
from service.log import log
from service.sending.recover import recover
from service.sending.safe_mode import BY_JOURNAL, WENT_BACK, hold_back, hold_everything

BY_HAND = "an operator said that the store was restored"


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """What going on after a restore comes to."""

    since: dt.datetime  # what was due by then may have been sent
    reason: str
    held: int  # in doubt, and staying so until there is evidence
    settled: int  # of those held, known by a journal
    waiting: int  # planned for later: they go on


def prospect(database: Database, *, now: dt.datetime) -> Restored:
    """Return what `go_on` would do if it were done now; changes nothing.

    Whoever is due and not planned yet is missing from it: planning them is part of going on.
    """
    with database.reading() as session:
        stop = stops.safe_mode(session)
        stands = stop is not None and stop.lifted_at is None
        since = stop.since if stop is not None and stands else now
        reason = stop.reason if stop is not None and stands else BY_HAND
        return Restored(
            since=since,
            reason=reason,
            held=_due(session, since) + _held(session),
            settled=0,
            waiting=_waiting(session, since),
        )


def go_on(
    database: Database, journals: Path, *, now: dt.datetime, steps: Sequence[float]
) -> Restored:
    """Plan and hold what was due, read the journals of this machine, then lift safe mode.

    Raises `ConflictError` when somebody due then could not be planned: run it again.
    """
    with database.transaction() as session:
        hold_everything(session, BY_HAND, by="podbrief db restored", transport=None, now=now)
    plan_due(database, now=now)
    recover(database, journals, now=now, steps=steps)
    with database.transaction() as session:
        hold_back(session)
        stop = stops.safe_mode(session)
        if stop is None or stop.lifted_at is not None:
            raise ConflictError("somebody else has just said so: `podbrief status` tells")
        if _not_planned(session, stop.since):
            raise ConflictError("people due then are being planned at this moment: run it again")
        stops.lift(session, stops.STORE, now=now)
        done = Restored(
            since=stop.since,
            reason=stop.reason,
            held=_held(session),
            settled=_settled(session, stop.since),
            waiting=_waiting(session, stop.since),
        )
    log.warning("store_restored", held=done.held, settled=done.settled, waiting=done.waiting)
    return done


def _due(session: Session, since: dt.datetime) -> int:
    """Count what may have been sent since the copy was made."""
    is_marked = Brief.state == DeliveryState.SENDING.value
    return _count(session, or_(is_marked, and_(_is_owed(), Brief.next_at <= since)))


def _waiting(session: Session, since: dt.datetime) -> int:
    return _count(session, _is_owed(), Brief.next_at > since)


def _is_owed() -> ColumnElement[bool]:
    return Brief.state.in_([state.value for state in CLAIMABLE])


def _held(session: Session) -> int:
    return _count(session, Brief.state == DeliveryState.IN_DOUBT.value, Brief.reason == WENT_BACK)


def _settled(session: Session, since: dt.datetime) -> int:
    return _count(session, Brief.reason == BY_JOURNAL, Brief.settled_at >= since)


def _count(session: Session, *conditions: ColumnElement[bool]) -> int:
    editions = (
        select(Edition.local_date, Edition.id)
        .where(Edition.state.in_([EditionState.OPEN.value, EditionState.PAUSED.value]))
        .subquery()
    )
    statement = select(func.count()).where(
        Brief.local_date.in_(select(editions.c.local_date)),
        Brief.edition_id.in_(select(editions.c.id)),
        *conditions,
    )
    return session.scalar(statement) or 0


def _not_planned(session: Session, since: dt.datetime) -> bool:
    """Whether somebody who was due by then has no row yet, so that nothing could be held."""
    statement = (
        select(Subscription.id)
        .where(
            Subscription.status == SubscriptionStatus.ACTIVE.value,
            Subscription.next_due_at <= since,
        )
        .limit(1)
    )
    return session.scalar(statement) is not None
