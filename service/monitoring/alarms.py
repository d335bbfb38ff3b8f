"""Alarms: what must never be so in the ledger, and what an operator does when it is.

Each has a section of its name in docs/operations.md.
"""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy.orm import Session

from service.editions.equation import Equation
from service.editions.models import Edition
from service.ledger import stops
from service.ledger.heartbeats import age_seconds, alive
from service.monitoring.health import LEAST_BEAT_SILENCE_SECONDS, WORKER_SILENCE_SECONDS
from service.monitoring.invariants import (
    accepted_twice,
    deliveries_told,
    rows_gone_wrong,
    without_tick,
)

OVERDUE_GRACE = dt.timedelta(minutes=2)  # four sweeps
DOUBT_SECONDS = 3600.0
MOST_TOLD = 1.2  # deliveries reported for each brief accepted
TOLD_GRACE = 5  # of a small edition
SWEEP_SILENCE_SECONDS = 120.0


class AlarmName(StrEnum):
    """One for each thing that is checked."""

    EQUATION = "equation"  # due, planned and ended do not add up
    OVERDUE = "overdue"  # briefs past their deadline that have not ended
    OLD_DOUBT = "old_doubt"  # the oldest brief in doubt has waited for over an hour
    LOST_WAVE = "lost_wave"  # marked as sending, and no open wave has them
    NO_TICK = "no_tick"  # rows that no planning has counted
    ACCEPTED_TWICE = "accepted_twice"  # one brief, two hand-overs that succeeded
    TOLD_TOO_OFTEN = "told_too_often"  # more deliveries reported than briefs accepted
    SAFE_MODE = "safe_mode"  # the store has gone back in time: nobody sends
    ROUTE_STOPPED = "route_stopped"  # a sign of duplicates, or an operator, stopped a route
    LIST_STOPPED = "list_stopped"  # too many of its readers called it spam
    JOURNAL_FAILED = "journal_failed"  # a worker cannot write what it begins, so it begins nothing
    CLOCK_WRONG = "clock_wrong"  # a worker's clock is not the store's, so it does nothing
    WORKER_SILENT = "worker_silent"
    BEAT_SILENT = "beat_silent"
    SWEEP_SILENT = "sweep_silent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """One check: what was measured, and whether that is cause for alarm."""

    name: AlarmName
    value: float
    rings: bool
    what: str  # a sentence, for those that ring

    def as_dict(self) -> dict[str, Any]:
        return {"name": self.name.value, "value": self.value, "what": self.what}


def check_ledger(
    session: Session,
    editions: Sequence[tuple[Edition, Equation]],
    *,
    now: dt.datetime,
) -> list[Alarm]:
    """Return every check over these editions (lists loaded) and over the whole; some may ring."""
    only = [edition for edition, _ in editions]
    return [
        _equations(editions),
        *_rows(session, only, now=now),
        _count(
            AlarmName.NO_TICK,
            without_tick(session, only),
            "{:,} rows of briefs were counted by no tick",
        ),
        _count(
            AlarmName.ACCEPTED_TWICE,
            accepted_twice(session, only),
            "{:,} briefs were accepted in two hand-overs: somebody has two",
        ),
        _deliveries(session, editions),
        *_stops(session),
        *_idle_workers(session),
        *_silences(session),
    ]


def _deliveries(session: Session, editions: Sequence[tuple[Edition, Equation]]) -> Alarm:
    told = deliveries_told(session, [edition for edition, _ in editions])
    accepted = {edition.id: of.accepted for edition, of in editions}
    doubled = [
        edition_id
        for edition_id, number in told.items()
        if number > MOST_TOLD * accepted[edition_id] + TOLD_GRACE
    ]
    worst = max((told[one] / max(accepted[one], 1) for one in doubled), default=0.0)
    return Alarm(
        name=AlarmName.TOLD_TOO_OFTEN,
        value=worst,
        rings=bool(doubled),
        what=f"{len(doubled):,} editions have {worst:.1f} times as many deliveries reported as "
        "briefs accepted: somebody may have two",
    )


def _equations(editions: Sequence[tuple[Edition, Equation]]) -> Alarm:
    broken = [edition for edition, equation in editions if not equation.holds]
    names = ", ".join(f"{edition.list.name} of {edition.local_date}" for edition in broken)
    return Alarm(
        name=AlarmName.EQUATION,
        value=len(broken),
        rings=bool(broken),
        what=f"the equation does not hold for {names}" if broken else "",
    )


def _rows(session: Session, editions: Sequence[Edition], *, now: dt.datetime) -> Iterator[Alarm]:
    found = rows_gone_wrong(session, editions, overdue_by=now - OVERDUE_GRACE)
    yield _count(AlarmName.OVERDUE, found.overdue, "{:,} briefs are past their deadline and open")
    waited = (now - found.oldest_doubt).total_seconds() if found.oldest_doubt else 0.0
    rings = waited > DOUBT_SECONDS
    yield Alarm(
        name=AlarmName.OLD_DOUBT,
        value=round(waited, 1),
        rings=rings,
        what=f"a brief has been in doubt for {waited / 60:,.0f} minutes" if rings else "",
    )
    yield _count(
        AlarmName.LOST_WAVE, found.without_wave, "{:,} briefs are `sending` and in no open wave"
    )


def _stops(session: Session) -> Iterator[Alarm]:
    found = stops.standing(session)
    for name, chosen in (
        (AlarmName.SAFE_MODE, [stop for stop in found if stop.name == stops.STORE]),
        (AlarmName.ROUTE_STOPPED, [stop for stop in found if stops.route_of(stop)]),
        (AlarmName.LIST_STOPPED, [stop for stop in found if stops.is_of_a_list(stop)]),
    ):
        words = [f"{stop.reason} (then: {stops.way_out(stop)})" for stop in chosen]
        yield Alarm(name=name, value=len(chosen), rings=bool(chosen), what="; ".join(words))


def _idle_workers(session: Session) -> Iterator[Alarm]:
    """Tell of workers that live and do nothing, each for a reason it says itself."""
    workers = alive(session, kind="worker")
    for name, detail in (
        (AlarmName.JOURNAL_FAILED, "journal_fault"),
        (AlarmName.CLOCK_WRONG, "clock_fault"),
    ):
        said = [f"{w.name}: {w.details[detail]}" for w in workers if w.details.get(detail)]
        yield Alarm(name=name, value=len(said), rings=bool(said), what="; ".join(said))


def _silences(session: Session) -> Iterator[Alarm]:
    for name, kind, limit in (
        (AlarmName.WORKER_SILENT, "worker", WORKER_SILENCE_SECONDS),
        (AlarmName.BEAT_SILENT, "beat", LEAST_BEAT_SILENCE_SECONDS),
        (AlarmName.SWEEP_SILENT, "sweep", SWEEP_SILENCE_SECONDS),
    ):
        age = age_seconds(session, kind)
        rings = age is None or age > limit
        said = "never" if age is None else f"{age:,.0f} s ago"
        yield Alarm(
            name=name,
            value=-1.0 if age is None else round(age, 1),
            rings=rings,
            what=f"the last sign of a {kind} was {said}" if rings else "",
        )


def _count(name: AlarmName, number: int, what: str) -> Alarm:
    return Alarm(
        name=name, value=number, rings=bool(number), what=what.format(number) if number else ""
    )
