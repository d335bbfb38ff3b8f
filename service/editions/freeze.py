"""Freeze a page of briefs in one short write: who moved on, what they get, in which batches."""

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from sqlalchemy import BigInteger, bindparam, delete, insert, select, update
from sqlalchemy.orm import Session

from service.db.bulk import insert_ignoring, reserve_ids, write_alike, write_numbers
from service.editions.brief_rows import OWN, SAME, BriefRows
from service.editions.frozen import Frozen
from service.editions.models import Batch, BatchState, Brief, Edition, EditionState, Tick
from service.editions.move_on import move_on
from service.editions.planned import Plan
from service.editions.queries import ExistingBrief
from service.ledger.models import Shown
from service.ledger.state import DeliveryState, SkipReason
from service.selection.chosen import Chosen
from service.selection.keep import KeptTick, keep_page

BATCH_SIZE = 1_000


def freeze(
    session: Session,
    *,
    list_id: int,
    plans: Sequence[Plan],
    served: Sequence[Plan],
    chosen: tuple[Chosen, KeptTick] | None = None,
    run_id: int | None,
    now: dt.datetime,
) -> Frozen:
    """Write a page; whoever was moved on by somebody else since we looked is left alone.

    Raises `IntegrityError` when a row of this page exists after all: plan the page again.
    """
    moved = move_on(session, [*plans, *served])
    taken = [plan for plan in (plan.of(moved) for plan in plans) if len(plan)]
    people = sum(map(len, taken))
    served_again = len(moved) - people
    if not taken:
        return Frozen(moved_on=served_again)
    _forget_replaced(session, [brief for plan in taken for brief in plan.replaces])
    dates = sorted({plan.slot.local_date for plan in taken})
    editions = _editions(session, list_id, dates, now=now)
    page_id = keep_page(session, *chosen) if chosen else None
    rows = BriefRows(list_id, now, reserve_ids(session, "brief_ids", people))
    for date in dates:
        edition = editions[date]
        members = [plan for plan in taken if plan.slot.local_date == date]
        due = sum(map(len, members))
        tick_id = _tick(session, edition.id, run_id, page_id, due=due, now=now)
        rows.begin(edition.id, tick_id)
        ends = [end for plan in members for end in plan.by_end()]
        if edition.is_cancelled:
            ends = [(SkipReason.EDITION_CANCELLED, plan) for _, plan in ends]
        for skip, plan in ends:
            if skip:
                rows.skip(plan, skip)
        sent = [plan for skip, plan in ends if skip is None]
        for batch_id, plan in _in_batches(session, edition, sent, now=now):
            rows.send(plan, batch_id)
    write_alike(session, Brief, OWN, SAME, rows.briefs)
    shown = rows.shown()
    write_numbers(session, Shown, shown)
    insights = shown["insight_id"].tolist()
    return Frozen(
        planned=rows.sent,
        skipped=people - rows.sent,
        moved_on=served_again,
        shown=Counter(insights),
    )


def _forget_replaced(session: Session, replaced: Sequence[ExistingBrief]) -> None:
    """Take skips that are planned anew out of the tick that had counted them."""
    if not replaced:
        return
    gone = session.execute(
        delete(Brief)
        .where(
            Brief.local_date.in_({brief.local_date for brief in replaced}),
            Brief.id.in_([brief.brief_id for brief in replaced]),
            Brief.state == DeliveryState.SKIPPED.value,
        )
        .returning(Brief.tick_id)
        .execution_options(synchronize_session=False)
    ).scalars()
    by_tick: dict[int, int] = {}
    for tick_id in gone:
        by_tick[tick_id] = by_tick.get(tick_id, 0) + 1
    for tick_id, number in sorted(by_tick.items()):
        session.execute(update(Tick).where(Tick.id == tick_id).values(due=Tick.due - number))


class _Edition(NamedTuple):
    id: int
    local_date: dt.date
    state: str

    @property
    def is_cancelled(self) -> bool:
        return self.state == EditionState.CANCELLED.value


def _editions(
    session: Session, list_id: int, wanted: Sequence[dt.date], *, now: dt.datetime
) -> dict[dt.date, _Edition]:
    """Find or open the editions of these dates; one that was closed opens again."""
    found = _found(session, list_id, wanted)
    states = {edition.state for edition in found.values()}
    if len(found) == len(wanted) and EditionState.CLOSED.value not in states:
        return found
    insert_ignoring(
        session,
        Edition,
        [
            {"list_id": list_id, "local_date": date, "state": EditionState.OPEN, "created_at": now}
            for date in wanted
        ],
    )
    session.execute(
        update(Edition)
        .where(
            Edition.list_id == list_id,
            Edition.local_date.in_(wanted),
            Edition.state == EditionState.CLOSED.value,
        )
        .values(state=EditionState.OPEN.value, closed_at=None)
    )
    return _found(session, list_id, wanted)


def _found(session: Session, list_id: int, wanted: Sequence[dt.date]) -> dict[dt.date, _Edition]:
    rows = session.connection().execute(_OF_DATES, {"of_list": list_id, "dates": wanted}).all()
    return {row.local_date: _Edition(*row) for row in rows}


def _tick(
    session: Session,
    edition_id: int,
    run_id: int | None,
    page_id: int | None,
    *,
    due: int,
    now: dt.datetime,
) -> int:
    values = {"edition_id": edition_id, "run_id": run_id, "choice_page_id": page_id}
    made = session.connection().execute(_TICK, {**values, "due": due, "planned_at": now})
    return made.scalar_one()


def _in_batches(
    session: Session, edition: _Edition, plans: Sequence[Plan], *, now: dt.datetime
) -> Iterator[tuple[int, Plan]]:
    """Make batches for these people and yield who is in which; plans are cut where one is full."""
    people = sum(map(len, plans))
    ids = _batches(session, edition, people, now=now)
    before = 0
    for plan in plans:
        start = 0
        while start < len(plan):
            number, filled = divmod(before, BATCH_SIZE)
            end = min(len(plan), start + BATCH_SIZE - filled)
            yield ids[number], plan.part(start, end)
            before += end - start
            start = end


def _batches(session: Session, edition: _Edition, people: int, *, now: dt.datetime) -> list[int]:
    connection = session.connection()
    alike = {
        "edition_id": edition.id,
        "local_date": edition.local_date,
        "state": BatchState.READY.value,
        "fence": 0,
        "next_at": now,
        "created_at": now,
    }
    sizes = [min(BATCH_SIZE, people - start) for start in range(0, people, BATCH_SIZE)]
    return [connection.execute(_BATCH, {**alike, "size": size}).scalar_one() for size in sizes]


# each is built once: composing one costs more than running it does
_OF_DATES = select(Edition.id, Edition.local_date, Edition.state).where(
    Edition.list_id == bindparam("of_list", type_=BigInteger()),
    Edition.local_date.in_(bindparam("dates", expanding=True)),
)
_TICK = insert(Tick).returning(Tick.id)
_BATCH = insert(Batch).returning(Batch.id)
