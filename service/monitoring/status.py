"""How things stand now: queues, workers, beat and editions, in words and as data."""

import datetime as dt
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.config import Settings
from service.db.time import database_now
from service.editions.equation import Equation, equation_of
from service.editions.models import Edition
from service.editions.queries import editions_on, open_editions
from service.errors import UnavailableError
from service.jobs import queue_lengths
from service.ledger.heartbeats import alive
from service.monitoring.alarms import Alarm, AlarmName
from service.monitoring.queries import next_due_at, open_batches, see_one_moment
from service.monitoring.reconcile import reconcile

ALIVE_WITHIN_SECONDS = 60
_SAID_ELSEWHERE = {  # by the summary, and by the worries about workers and beat
    AlarmName.EQUATION,
    AlarmName.WORKER_SILENT,
    AlarmName.BEAT_SILENT,
    AlarmName.SWEEP_SILENT,  # those two sweep
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sign:
    """A worker or beat that is alive."""

    name: str
    host: str
    pid: int
    seen_seconds_ago: float
    details: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class EditionStatus:
    """One edition with its equation."""

    id: int
    list_slug: str
    list_name: str
    local_date: dt.date
    state: str
    problem: str | None
    closed_at: dt.datetime | None
    equation: Equation


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """Everything an operator asks first."""

    at: dt.datetime
    queues: dict[str, int] | None  # None: the broker cannot be reached
    batches: dict[str, int]
    workers: list[Sign]
    beats: list[Sign]
    editions: list[EditionStatus]  # open ones, and today's
    next_due_at: dt.datetime | None
    alarms: list[Alarm]  # those that ring

    def as_dict(self) -> dict[str, Any]:
        """Return the same for programs; moments as ISO 8601."""
        facts: dict[str, Any] = asdict(self)
        facts["summary"] = summary(self)
        for known, edition in zip(facts["editions"], self.editions, strict=True):
            known["equation"] = edition.equation.as_dict()
        facts["alarms"] = [alarm.as_dict() for alarm in self.alarms]
        return facts


def read_status(session: Session, settings: Settings, *, now: dt.datetime) -> Status:
    """Read how things stand in a fresh session; a broker that is away is a fact, not an error."""
    see_one_moment(session)
    try:
        queues: dict[str, int] | None = queue_lengths(settings)
    except UnavailableError:
        queues = None
    return Status(
        at=now,
        queues=queues,
        batches=open_batches(session),
        workers=_signs(session, "worker"),
        beats=_signs(session, "beat"),
        editions=editions_of_today(session, now=now),
        next_due_at=next_due_at(session),
        alarms=reconcile(session, now=now).ringing,
    )


def editions_of_today(session: Session, *, now: dt.datetime) -> list[EditionStatus]:
    """Return the open editions and those of today's date, newest first, each with its equation."""
    found = {edition.id: edition for edition in open_editions(session)}
    found |= {edition.id: edition for edition in editions_on(session, dates=[now.date()])}
    return sorted(
        (status_of(session, edition) for edition in found.values()),
        key=lambda status: (-status.local_date.toordinal(), status.list_name),
    )


def status_of(session: Session, edition: Edition) -> EditionStatus:
    """Return one edition (its list loaded) with its equation, counted now."""
    return EditionStatus(
        id=edition.id,
        list_slug=edition.list.slug,
        list_name=edition.list.name,
        local_date=edition.local_date,
        state=edition.state,
        problem=edition.problem,
        closed_at=edition.closed_at,
        equation=equation_of(session, edition_id=edition.id),
    )


def summary(status: Status) -> str:
    """Return today's state in one sentence: 187 of 190 accepted, 3 open."""
    broken = [edition for edition in status.editions if not edition.equation.holds]
    if broken:
        names = ", ".join(f"{edition.list_name} of {edition.local_date}" for edition in broken)
        return f"The equation does not hold for {names}"
    if not status.editions:
        return _nothing_yet(status.next_due_at)
    equations = [edition.equation for edition in status.editions]
    planned = sum(equation.planned for equation in equations)
    skipped = sum(sum(equation.skipped.values()) for equation in equations)
    if planned == 0:
        return f"{skipped:,} due, none planned" if skipped else _nothing_yet(status.next_due_at)
    parts = [f"{sum(equation.accepted for equation in equations):,} of {planned:,} accepted"]
    in_doubt = sum(equation.in_doubt for equation in equations)
    parts += [
        f"{number:,} {word}"
        for word, number in (
            ("open", sum(equation.open for equation in equations) - in_doubt),
            ("in doubt", in_doubt),
            ("failed", sum(equation.failed for equation in equations)),
            ("unknown", sum(equation.unknown for equation in equations)),
            ("expired", sum(equation.expired for equation in equations)),
        )
        if number
    ]
    return ", ".join(parts)


def worries(status: Status) -> list[str]:
    """Return what is wrong, a sentence each with what to do; nothing when all is well."""
    found = []
    if not status.workers:
        found.append("No worker is running: start one with `podbrief up`.")
    if not status.beats:
        found.append("Beat is silent: workers plan in its place, start it with `podbrief up`.")
    if status.queues is None:
        found.append("The broker cannot be reached: workers look for work by themselves, slower.")
    found += [
        f"{alarm.what[:1].upper()}{alarm.what[1:]}."
        for alarm in status.alarms
        if alarm.name not in _SAID_ELSEWHERE
    ]
    found += [
        f"{edition.list_name} of {edition.local_date} stopped: {edition.problem}"
        for edition in status.editions
        if edition.problem
    ]
    return found


def _nothing_yet(next_due: dt.datetime | None) -> str:
    if next_due is None:
        return "Nothing is due: no list has an active subscriber"
    return f"Nothing is due yet, the next brief at {next_due:%H:%M} UTC on {next_due:%d %B}"


def _signs(session: Session, kind: str) -> list[Sign]:
    now: dt.datetime | None = session.scalar(select(database_now()))
    return [
        Sign(
            name=found.name,
            host=found.host,
            pid=found.pid,
            seen_seconds_ago=max(0.0, (now - found.seen_at).total_seconds()) if now else 0.0,
            details=dict(found.details),
        )
        for found in alive(session, kind=kind, within_seconds=ALIVE_WITHIN_SECONDS)
    ]
