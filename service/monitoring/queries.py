"""What monitoring asks of the store; every question is bounded by what is open, not by history."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Session
from sqlalchemy.sql.functions import GenericFunction
from sqlalchemy.types import Float

from service.audience.models import NewsletterList, Subscription
from service.editions.models import Batch, BatchState, Brief, Edition
from service.ledger.state import CLAIMABLE, OPEN, DeliveryState

LATENESS_STEPS = (10, 30, 60, 120, 300, 600, 1800, 3600, 7200, 21600)  # seconds


@dataclass(frozen=True, slots=True)
class Lateness:
    """How late briefs are: those still to be sent, and those that were."""

    open_by_state: dict[str, int]
    oldest_unsent: dt.datetime | None  # when it was due
    sent_within: list[int]  # how many were accepted within each of LATENESS_STEPS, then the rest
    seconds_in_all: float


class lateness_seconds(GenericFunction[float]):  # noqa: N801 - reads as the SQL function it is
    """The seconds from the first moment to the second."""

    type = Float()
    inherit_cache = True


@compiles(lateness_seconds, "postgresql")
def _on_postgresql(element: Any, compiler: Any, **options: Any) -> str:
    first, second = (compiler.process(clause, **options) for clause in element.clauses)
    return f"extract(epoch FROM {second} - {first})"


@compiles(lateness_seconds, "sqlite")
def _on_sqlite(element: Any, compiler: Any, **options: Any) -> str:
    first, second = (compiler.process(clause, **options) for clause in element.clauses)
    return f"((julianday({second}) - julianday({first})) * 86400.0)"


def see_one_moment(session: Session) -> None:
    """Let all reads of a fresh session see one state of the store, as SQLite's do anyway.

    Otherwise a page planned between the count of the due and that of the briefs would look like
    an equation that does not hold.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.connection(execution_options={"isolation_level": "REPEATABLE READ"})


def lateness_of(session: Session, *, editions: Sequence[Edition], now: dt.datetime) -> Lateness:
    """Return how late the briefs of these editions are, in one pass over them.

    A brief held back by hand-over trouble counts as unsent from its due moment on.
    """
    late = lateness_seconds(Brief.due_at, Brief.settled_at)
    step = case(
        *((late <= limit, number) for number, limit in enumerate(LATENESS_STEPS)),
        else_=len(LATENESS_STEPS),
    )
    rows = session.execute(
        select(
            Brief.state,
            step.label("step"),
            func.count().label("number"),
            func.min(Brief.due_at).label("oldest"),
            func.sum(case((late > 0, late), else_=0.0)).label("seconds"),
        )
        .where(*_of(editions), Brief.state.in_(sorted({*OPEN, DeliveryState.ACCEPTED})))
        .group_by(Brief.state, "step")
    ).all()
    open_by_state = {state.value: 0 for state in sorted(OPEN)}
    sent_within = [0] * (len(LATENESS_STEPS) + 1)
    oldest: list[dt.datetime] = []
    seconds = 0.0
    for row in rows:
        if row.state == DeliveryState.ACCEPTED:
            sent_within[row.step] += row.number
            seconds += float(row.seconds)
            continue
        open_by_state[row.state] += row.number
        if row.state in CLAIMABLE and row.oldest <= now:
            oldest.append(row.oldest)
    return Lateness(open_by_state, min(oldest, default=None), sent_within, seconds)


def open_batches(session: Session) -> dict[str, int]:
    """Return how many batches wait for a worker, and how many are with one."""
    rows = session.execute(
        select(Batch.state, func.count())
        .where(Batch.state != BatchState.DONE.value)
        .group_by(Batch.state)
    )
    counts = {row[0]: row[1] for row in rows}
    return {state.value: counts.get(state, 0) for state in (BatchState.READY, BatchState.LEASED)}


def next_due_at(session: Session) -> dt.datetime | None:
    """Return when the next brief of any list is due, if any ever is."""
    earliest = [
        session.scalar(
            select(Subscription.next_due_at)
            .where(Subscription.list_id == list_id, Subscription.next_due_at.is_not(None))
            .order_by(Subscription.next_due_at)  # walks the index; min() over all lists would not
            .limit(1)
        )
        for list_id in session.scalars(select(NewsletterList.id))
    ]
    return min((moment for moment in earliest if moment is not None), default=None)


def _of(editions: Sequence[Edition]) -> list[ColumnElement[bool]]:
    return [  # the date finds the partition, the edition the index
        Brief.local_date.in_(sorted({edition.local_date for edition in editions})),
        Brief.edition_id.in_(sorted(edition.id for edition in editions)),
    ]
