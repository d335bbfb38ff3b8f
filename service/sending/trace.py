"""The trace of a brief: every state it was in, with the moment, the worker and the reply.

Nothing is written for it while all goes well: it is put together from the brief's row, its tick,
its waves and the tries that were noted because they were not plain.
"""

import datetime as dt
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.audience.queries import existing_subscriber
from service.db.database import Database
from service.editions.models import Brief, Edition, Tick
from service.editions.queries import brief_by_id, brief_of
from service.errors import NotFoundError
from service.ledger.attempts import attempts_of
from service.ledger.models import Attempt, Wave
from service.ledger.state import TERMINAL, DeliveryState

BRIEFS_SHOWN = 5
_BY_A_HAND_OVER = {DeliveryState.ACCEPTED.value, DeliveryState.FAILED.value}


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One state of a brief: since when, by whom, with which words of the other side."""

    at: dt.datetime | None
    state: str
    attempt: int | None = None
    worker: str | None = None
    transport: str | None = None
    wave: str | None = None
    stage: str | None = None
    code: int | None = None
    reply: str | None = None
    provider_id: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """A brief and its steps, oldest first."""

    brief_id: int
    list_slug: str
    local_date: dt.date
    subscriber_id: int
    edition_id: int
    batch_id: int | None
    state: str
    due_at: dt.datetime
    expires_at: dt.datetime
    steps: list[Step]

    def as_dict(self) -> dict[str, Any]:
        """Return the same for programs, under the names `brief why` uses."""
        facts = asdict(self)
        return {"brief_id": facts.pop("brief_id"), "list": facts.pop("list_slug")} | facts


def trace(database: Database, who: str, *, date: dt.date | None = None) -> list[Trace]:
    """Trace a brief by its number, or the newest briefs of an address (those of `date`).

    Raises `NotFoundError` when there is none.
    """
    with database.reading() as session:
        if who.isdecimal():
            found = brief_by_id(session, brief_id=int(who))
        else:
            person = existing_subscriber(session, email=who)
            found = brief_of(session, subscriber_id=person.id, date=date)[:BRIEFS_SHOWN]
        if not found:
            raise NotFoundError(f"{who} has no brief{f' on {date}' if date else ''}")
        return [_trace(session, brief, edition) for brief, edition in found]


def _trace(session: Session, brief: Brief, edition: Edition) -> Trace:
    noted = attempts_of(session, local_date=brief.local_date, brief_id=brief.id)
    wave_ids = {attempt.wave_id for attempt in noted} | {brief.wave_id or ""}
    waves = {
        wave.id: wave for wave in session.scalars(select(Wave).where(Wave.id.in_(list(wave_ids))))
    }
    steps = [_planned(brief, session.get(Tick, brief.tick_id))]
    for attempt in noted:
        steps += _tried(attempt, waves.get(attempt.wave_id), steps)
    steps += _now(brief, waves.get(brief.wave_id or ""), noted)
    return Trace(
        brief_id=brief.id,
        list_slug=edition.list.slug,
        local_date=brief.local_date,
        subscriber_id=brief.subscriber_id,
        edition_id=brief.edition_id,
        batch_id=brief.batch_id,
        state=brief.state,
        due_at=brief.due_at,
        expires_at=brief.expires_at,
        steps=steps,
    )


def _planned(brief: Brief, tick: Tick | None) -> Step:
    is_skipped = brief.state == DeliveryState.SKIPPED.value
    return Step(
        at=tick.planned_at if tick else brief.created_at,
        state=(DeliveryState.SKIPPED if is_skipped else DeliveryState.PLANNED).value,
        reason=brief.reason if is_skipped else None,
    )


def _tried(attempt: Attempt, wave: Wave | None, before: list[Step]) -> list[Step]:
    """Return the marking of a noted try, unless it stands there already, and what it came to."""
    told = Step(
        at=attempt.ended_at,
        state=attempt.verdict,
        attempt=attempt.attempt,
        worker=attempt.worker,
        transport=wave.transport if wave else None,
        wave=attempt.wave_id or None,
        stage=attempt.stage,
        code=attempt.code,
        reply=attempt.reply,
        provider_id=attempt.provider_id,
    )
    is_marked = any(
        step.state == DeliveryState.SENDING and step.wave == attempt.wave_id for step in before
    )
    if wave is None or is_marked:
        return [told]
    return [_marked(wave, attempt.attempt), told]


def _now(brief: Brief, wave: Wave | None, noted: list[Attempt]) -> list[Step]:
    """Return what the brief's own row says, where no noted try has said it."""
    steps = []
    if wave is not None and not any(attempt.wave_id == wave.id for attempt in noted):
        steps.append(_marked(wave, brief.attempt))
    is_told = bool(noted) and noted[-1].verdict == brief.state
    is_new = brief.state in TERMINAL or brief.state == DeliveryState.IN_DOUBT
    if is_new and not is_told and brief.state != DeliveryState.SKIPPED:
        handed_over = brief.state in _BY_A_HAND_OVER
        steps.append(
            Step(
                at=brief.settled_at,
                state=brief.state,
                attempt=brief.attempt if handed_over else None,
                worker=wave.worker if wave and handed_over else None,
                transport=brief.transport if handed_over else None,
                wave=brief.wave_id if handed_over else None,
                code=brief.code if handed_over else None,
                reply=brief.reply if handed_over else None,
                provider_id=brief.provider_id,
                reason=brief.reason,
            )
        )
    return steps


def _marked(wave: Wave, attempt: int) -> Step:
    return Step(
        at=wave.started_at,
        state=DeliveryState.SENDING.value,
        attempt=attempt,
        worker=wave.worker,
        transport=wave.transport,
        wave=wave.id,
    )
