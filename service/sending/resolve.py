"""Settle doubts by asking the provider, where it can be asked."""

import datetime as dt
from typing import Protocol, runtime_checkable

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from service.audience.models import Subscriber
from service.db.database import Database
from service.editions.models import Batch, BatchState, Brief
from service.ledger.attempts import note_attempts
from service.ledger.state import DeliveryState
from service.log import log
from service.sending.outcome import Outcome, Transport, Verdict

ASKED_AT_ONCE = 20


@runtime_checkable
class Answers(Protocol):
    """A transport whose provider can be asked what became of a message."""

    name: str

    def look_up(
        self, *, delivery_id: int, attempt: int, recipient: str, since: dt.datetime
    ) -> Outcome | None:
        """Return what the provider knows, or None when it knows nothing (yet)."""
        ...


def resolve_doubts(
    database: Database, transport: Transport, *, now: dt.datetime, after: dt.timedelta
) -> int:
    """Ask about the oldest briefs in doubt; return how many were settled.

    Nothing younger than `after` is asked for: a provider's search lags behind its acceptance.

    Only a positive answer settles: that a search finds nothing proves nothing.
    """
    if not isinstance(transport, Answers):
        return 0
    with database.reading() as session:
        doubtful = _in_doubt(session, transport.name, before=now - after)
    settled = 0
    for brief, email in doubtful:
        outcome = transport.look_up(
            delivery_id=brief.id, attempt=brief.attempt, recipient=email, since=brief.due_at
        )
        if outcome is None or outcome.verdict not in (Verdict.ACCEPTED, Verdict.FAILED):
            continue
        with database.transaction() as session:
            settled += _settle(session, brief, outcome, now=now)
    if settled:
        log.info("doubts_resolved", settled=settled, asked=len(doubtful))
    return settled


def _in_doubt(session: Session, transport: str, *, before: dt.datetime) -> list[tuple[Brief, str]]:
    rows = session.execute(
        select(Brief, Subscriber.email)
        .join(Subscriber, Subscriber.id == Brief.subscriber_id)
        .join(Batch, Batch.id == Brief.batch_id)
        .where(
            Batch.state != BatchState.DONE.value,
            Brief.local_date == Batch.local_date,
            Brief.edition_id == Batch.edition_id,
            Brief.state == DeliveryState.IN_DOUBT.value,
            Brief.transport == transport,
            Brief.created_at < before,
        )
        .order_by(Brief.due_at, Brief.id)
        .limit(ASKED_AT_ONCE)
    )
    return [(brief, email) for brief, email in rows]


def _settle(session: Session, brief: Brief, outcome: Outcome, *, now: dt.datetime) -> int:
    done = session.execute(
        update(Brief)
        .where(
            Brief.local_date == brief.local_date,
            Brief.id == brief.id,
            Brief.attempt == outcome.attempt,
            Brief.state == DeliveryState.IN_DOUBT.value,
        )
        .values(
            state=outcome.verdict.value,
            reason="looked_up",
            provider_id=outcome.provider_id,
            settled_at=now,
        )
    )
    row = {
        "brief_id": brief.id,
        "attempt": outcome.attempt,
        "verdict": outcome.verdict.value,
        "stage": "look_up",
        "provider_id": outcome.provider_id,
    }
    note_attempts(session, [row], local_date=brief.local_date, wave_id=brief.wave_id, now=now)
    return int(done.rowcount)  # type: ignore[attr-defined]  # an UPDATE counts its rows
