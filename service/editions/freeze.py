"""Freeze a page of briefs in one short write: who moved on, what they get, in which batches."""

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import BigInteger, Date, Integer, delete, insert, select, update
from sqlalchemy.orm import Session

from service.audience.models import Subscription
from service.db.base import UtcDateTime
from service.db.bulk import insert_ignoring, reserve_ids, rows_as_table, write_rows
from service.editions.decide import Slot
from service.editions.due import frequency_with_days
from service.editions.frozen import Frozen
from service.editions.models import Batch, BatchState, Brief, Edition, EditionState, Tick
from service.editions.queries import DueRow, ExistingBrief
from service.ledger.models import Shown
from service.ledger.state import DeliveryState, SkipReason
from service.selection.chosen import NO_CHOICES, Choices, Chosen
from service.selection.keep import KeptTick, keep_page

BATCH_SIZE = 1_000
_COLUMNS = (
    *("local_date", "id", "list_id", "subscriber_id", "subscription_id", "edition_id"),
    *("batch_id", "tick_id", "hour", "frequency", "picks", "state", "reason", "attempt"),
    *("due_at", "expires_at", "next_at", "created_at"),
)


@dataclass(slots=True, kw_only=True)
class Plan:
    """What one subscription gets, decided; nothing is written yet."""

    row: DueRow
    slot: Slot
    choices: Choices = NO_CHOICES
    replaces: ExistingBrief | None = None  # a skip of the same day that is planned anew

    @property
    def skip(self) -> SkipReason | None:
        return self.slot.skip or (None if self.choices.insight_ids else SkipReason.QUIET_DAY)


def freeze(
    session: Session,
    *,
    list_id: int,
    plans: Sequence[Plan],
    served: Sequence[tuple[DueRow, Slot]],
    chosen: tuple[Chosen, KeptTick] | None = None,
    run_id: int | None,
    now: dt.datetime,
) -> Frozen:
    """Write a page; whoever was moved on by somebody else since we looked is left alone.

    Raises `IntegrityError` when a row of this page exists after all: plan the page again.
    """
    everybody = [(plan.row, plan.slot) for plan in plans] + list(served)
    moved = _move_on(session, everybody)
    taken = [plan for plan in plans if plan.row.subscription_id in moved]
    served_again = len(moved) - len(taken)
    if not taken:
        return Frozen(moved_on=served_again)
    _forget_replaced(session, [plan.replaces for plan in taken if plan.replaces])
    editions = _editions(session, list_id, {plan.slot.local_date for plan in taken}, now=now)
    page_id = keep_page(session, *chosen) if chosen else None
    ids = reserve_ids(session, "brief_ids", len(taken))
    briefs, shown = [], []
    by_date: dict[dt.date, list[tuple[int, Plan]]] = {}
    for brief_id, plan in zip(ids, taken, strict=True):
        by_date.setdefault(plan.slot.local_date, []).append((brief_id, plan))
    for date, members in sorted(by_date.items()):
        edition = editions[date]
        tick_id = _tick(session, edition.id, run_id, page_id, due=len(members), now=now)
        batch_ids = _batches(session, edition, [p for _, p in members if p.skip is None], now=now)
        sent = 0
        for brief_id, plan in members:
            skip = SkipReason.EDITION_CANCELLED if _cancelled(edition) else plan.skip
            batch_id = None
            if skip is None:
                batch_id = batch_ids[sent // BATCH_SIZE]
                sent += 1
                shown += [
                    (plan.row.subscriber_id, story_id, insight_id, brief_id, date)
                    for story_id, insight_id in zip(
                        plan.choices.story_ids, plan.choices.insight_ids, strict=True
                    )
                ]
            briefs.append(
                _brief_row(plan, brief_id, list_id, edition.id, batch_id, tick_id, skip, now)
            )
    write_rows(session, Brief, _COLUMNS, briefs)
    shown.sort()  # in one order for all lists, or planners of two would lock each other out
    write_rows(
        session, Shown, ("subscriber_id", "story_id", "insight_id", "brief_id", "shown_on"), shown
    )
    skipped = sum(1 for row in briefs if row[_COLUMNS.index("batch_id")] is None)
    return Frozen(
        planned=len(briefs) - skipped,
        skipped=skipped,
        moved_on=served_again,
        shown=Counter(row[2] for row in shown),
    )


def _brief_row(
    plan: Plan,
    brief_id: int,
    list_id: int,
    edition_id: int,
    batch_id: int | None,
    tick_id: int,
    skip: SkipReason | None,
    now: dt.datetime,
) -> tuple[object, ...]:
    state = DeliveryState.PLANNED if skip is None else DeliveryState.SKIPPED
    return (
        plan.slot.local_date,
        brief_id,
        list_id,
        plan.row.subscriber_id,
        plan.row.subscription_id,
        edition_id,
        batch_id,
        tick_id,
        plan.row.hour,
        frequency_with_days(plan.row.frequency, plan.row.days),
        plan.choices.text if skip is None else NO_CHOICES.text,
        state.value,
        None if skip is None else skip.value,
        0,
        plan.slot.due_at,
        plan.slot.expires_at,
        min(plan.slot.due_at, now),
        now,
    )


def _move_on(session: Session, everybody: Sequence[tuple[DueRow, Slot]]) -> set[int]:
    """Set the next due moment of those who still stand where we saw them; return their ids."""
    if not everybody:
        return set()
    # many people share few moments: these are sent once, and with each person their number
    distinct = dict.fromkeys(_moments(row, slot) for row, slot in everybody)
    numbers = {moments: number for number, moments in enumerate(distinct)}
    page = rows_as_table(
        session,
        "page",
        {
            "id": (BigInteger(), [row.subscription_id for row, _ in everybody]),
            "number": (Integer(), [numbers[_moments(row, slot)] for row, slot in everybody]),
        },
    )
    seen, following, due, dates = zip(*numbers, strict=True)
    moments = rows_as_table(
        session,
        "moments",
        {
            "number": (Integer(), list(numbers.values())),
            "seen": (UtcDateTime(), seen),
            "next": (UtcDateTime(), following),
            "due": (UtcDateTime(), due),
            "date": (Date(), dates),
        },
    )
    statement = (
        update(Subscription)
        .where(
            Subscription.id == page.c.id,
            page.c.number == moments.c.number,
            Subscription.next_due_at.is_not_distinct_from(moments.c.seen),
            Subscription.status == "active",
        )
        .values(
            next_due_at=moments.c.next,
            last_due_at=moments.c.due,
            last_local_date=moments.c.date,
            last_timezone=Subscription.timezone,
        )
        .returning(Subscription.id)
        .execution_options(synchronize_session=False)
    )
    return set(session.scalars(statement))


def _moments(
    row: DueRow, slot: Slot
) -> tuple[dt.datetime | None, dt.datetime, dt.datetime, dt.date]:
    return row.next_due_at, slot.next_due_at, slot.due_at, slot.local_date


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


def _editions(
    session: Session, list_id: int, dates: set[dt.date], *, now: dt.datetime
) -> dict[dt.date, Edition]:
    """Find or open the editions of these dates; one that was closed opens again."""
    wanted = sorted(dates)
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
    found = session.scalars(
        select(Edition).where(Edition.list_id == list_id, Edition.local_date.in_(wanted))
    )
    return {edition.local_date: edition for edition in found}


def _cancelled(edition: Edition) -> bool:
    return edition.state == EditionState.CANCELLED.value


def _tick(
    session: Session,
    edition_id: int,
    run_id: int | None,
    page_id: int | None,
    *,
    due: int,
    now: dt.datetime,
) -> int:
    tick = Tick(
        edition_id=edition_id, run_id=run_id, choice_page_id=page_id, due=due, planned_at=now
    )
    session.add(tick)
    session.flush()
    return tick.id


def _batches(
    session: Session, edition: Edition, plans: Sequence[Plan], *, now: dt.datetime
) -> list[int]:
    if _cancelled(edition) or not plans:
        return []
    sizes = [len(plans[start : start + BATCH_SIZE]) for start in range(0, len(plans), BATCH_SIZE)]
    rows = [
        {
            "edition_id": edition.id,
            "local_date": edition.local_date,
            "state": BatchState.READY.value,
            "size": size,
            "fence": 0,
            "next_at": now,
            "created_at": now,
        }
        for size in sizes
    ]
    return list(
        session.scalars(insert(Batch).returning(Batch.id, sort_by_parameter_order=True), rows)
    )
