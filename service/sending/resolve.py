"""Settle doubts by asking the provider, where it can be asked."""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import Session

from service.audience.models import Subscriber
from service.db.database import Database
from service.editions.models import Batch, BatchState, Brief
from service.errors import UnavailableError
from service.ledger.attempts import note_attempts
from service.ledger.models import Wave
from service.ledger.notice_models import Notice
from service.ledger.state import DeliveryState
from service.log import log
from service.sending.outcome import Outcome, Question, Transport, Verdict

ASKED_AT_ONCE = 20  # of each kind
ASKABLE = frozenset({"postmark"})  # the transports whose provider can be asked
NOT_FOUND = "not_found"  # the provider was asked about a notice, and knows nothing of it
LOOKED_UP = "looked_up"


@runtime_checkable
class Answers(Protocol):
    """A transport whose provider can be asked what became of a message."""

    name: str

    def look_up(self, question: Question) -> Outcome | None:
        """Return what the provider knows, or None when it knows nothing (yet).

        Raises `UnavailableError` when it cannot be asked.
        """
        ...


@dataclass(frozen=True, slots=True)
class _Doubt:
    """One row in doubt: what to ask, and what to do with either answer."""

    question: Question
    settle: Callable[[Session, Outcome, dt.datetime], int]
    not_found: Callable[[Session], None] | None = None


def resolve_doubts(
    database: Database, transport: Transport, *, now: dt.datetime, after: dt.timedelta
) -> int:
    """Ask about some briefs and notices in doubt; return how many were settled.

    Nothing younger than `after` is asked for: a provider's search lags behind its acceptance. They
    are taken in no order, so that what is never found keeps no other from being asked about.

    Only a positive answer settles: that a search finds nothing proves nothing. But it is the time
    from which a notice may be sent once more, see `service.sending.sweep_notices`.
    """
    if not isinstance(transport, Answers):
        return 0
    with database.reading() as session:
        doubts = [
            *_briefs_in_doubt(session, transport.name, before=now - after),
            *_notices_in_doubt(session, transport.name, before=now - after),
        ]
    settled = 0
    for doubt in doubts:
        try:
            outcome = transport.look_up(doubt.question)
        except UnavailableError as error:
            log.warning("look_up_failed", transport=transport.name, reason=str(error))
            break
        with database.transaction() as session:
            if outcome is not None and outcome.verdict in (Verdict.ACCEPTED, Verdict.FAILED):
                settled += doubt.settle(session, outcome, now)
            elif doubt.not_found is not None:
                doubt.not_found(session)
    if settled:
        log.info("doubts_resolved", settled=settled, asked=len(doubts))
    return settled


def _briefs_in_doubt(session: Session, transport: str, *, before: dt.datetime) -> Sequence[_Doubt]:
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
        .order_by(func.random())
        .limit(ASKED_AT_ONCE)
    )
    return [_of_brief(brief, email) for brief, email in rows]


def _of_brief(brief: Brief, email: str) -> _Doubt:
    def settle(session: Session, outcome: Outcome, now: dt.datetime) -> int:
        return _settle_brief(session, brief, outcome, now=now)

    question = Question(
        delivery_id=brief.id, attempt=brief.attempt, recipient=email, since=brief.due_at
    )
    return _Doubt(question, settle)


def _notices_in_doubt(session: Session, transport: str, *, before: dt.datetime) -> Sequence[_Doubt]:
    notices = session.scalars(
        select(Notice)
        .outerjoin(Wave, Wave.id == Notice.wave_id)
        .where(
            Notice.settled_at.is_(None),  # as the index says
            Notice.state == DeliveryState.IN_DOUBT.value,
            Notice.transport == transport,
            or_(Wave.settled_at.is_(None), Wave.settled_at < before),
        )
        .order_by(func.random())
        .limit(ASKED_AT_ONCE)
    )
    return [_of_notice(notice) for notice in notices]


def _of_notice(notice: Notice) -> _Doubt:
    is_still_so = (
        Notice.id == notice.id,
        Notice.attempt == notice.attempt,
        Notice.state == DeliveryState.IN_DOUBT.value,
    )

    def settle(session: Session, outcome: Outcome, now: dt.datetime) -> int:
        done = session.execute(
            update(Notice)
            .where(*is_still_so)
            .values(
                state=outcome.verdict.value,
                reason=LOOKED_UP,
                provider_id=outcome.provider_id,
                settled_at=now,
            )
            .execution_options(synchronize_session=False)
        )
        return int(done.rowcount)  # type: ignore[attr-defined]  # an UPDATE counts its rows

    def not_found(session: Session) -> None:
        session.execute(
            update(Notice)
            .where(*is_still_so)
            .values(reason=NOT_FOUND)
            .execution_options(synchronize_session=False)
        )

    question = Question(
        delivery_id=notice.id,
        attempt=notice.attempt,
        recipient=notice.recipient,
        since=notice.created_at,
        is_notice=True,
    )
    return _Doubt(question, settle, not_found)


def _settle_brief(session: Session, brief: Brief, outcome: Outcome, *, now: dt.datetime) -> int:
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
            reason=LOOKED_UP,
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
