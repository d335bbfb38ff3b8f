"""Plan: find who is due, choose for a page of them, freeze the page; until nobody is left."""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from sqlalchemy.exc import IntegrityError

from service.audience.models import NewsletterList
from service.audience.queries import list_topic_ids
from service.db.database import Database
from service.editions import queries
from service.editions.decide import Slot, slot_on_demand, slot_when_due
from service.editions.due import Rhythm
from service.editions.freeze import Frozen, Plan, freeze
from service.editions.queries import DueRow, ExistingBrief
from service.editions.schedule import schedule_new
from service.ledger.partitions import make_partitions
from service.ledger.state import DeliveryState, SkipReason
from service.log import log
from service.selection.candidates import load_candidates
from service.selection.choose import Chooser, Reader, Rules

PAGE_SIZE = 1_000
_REPLANNED = {SkipReason.QUIET_DAY.value, SkipReason.TOO_LATE.value}


@dataclass(slots=True)
class Tally:
    """What planning came to so far."""

    planned: int = 0
    skipped: int = 0
    already_served: int = 0

    def add(self, frozen: Frozen) -> None:
        self.planned += frozen.planned
        self.skipped += frozen.skipped
        self.already_served += frozen.moved_on


Progress = Callable[[Tally], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """An `edition run`: everybody, as if it were `as_of`."""

    run_id: int
    as_of: dt.datetime


def plan_due(database: Database, *, now: dt.datetime) -> Tally:
    """Plan every list's due subscriptions; safe to run in any number of places at once."""
    tally = Tally()
    with database.transaction() as session:
        make_partitions(session, today=now.date())
    schedule_new(database, now=now)
    with database.reading() as session:
        lists = queries.lists_with_due(session, now=now)
    for newsletter in lists:
        plan_list(database, newsletter, demand=None, now=now, tally=tally)
    if tally.planned or tally.skipped:
        log.info("planned", planned=tally.planned, skipped=tally.skipped)
    return tally


def plan_list(
    database: Database,
    newsletter: NewsletterList,
    *,
    demand: Demand | None,
    now: dt.datetime,
    tally: Tally,
    progress: Progress | None = None,
) -> None:
    """Plan one list in pages by keyset; memory holds one page and the candidates."""
    as_of = demand.as_of if demand else now
    with database.reading() as session:
        topic_ids = list_topic_ids(session, list_id=newsletter.id)
        candidates = load_candidates(session, list_topic_ids=topic_ids, now=as_of)
    rules = Rules(list_name=newsletter.name, language=newsletter.language, picks=newsletter.picks)
    page_planner = _PagePlanner(database, newsletter, Chooser(candidates, rules), demand, now)
    last_id = 0
    while rows := page_planner.read(last_id):
        last_id = rows[-1].subscription_id
        tally.add(page_planner.plan(rows))
        if progress:
            progress(tally)


class _PagePlanner:
    def __init__(
        self,
        database: Database,
        newsletter: NewsletterList,
        chooser: Chooser,
        demand: Demand | None,
        now: dt.datetime,
    ) -> None:
        self._database = database
        self._list = newsletter
        self._chooser = chooser
        self._demand = demand
        self._now = now
        self._lateness = dt.timedelta(minutes=newsletter.lateness_minutes)
        self._slots: dict[tuple[object, ...], Slot] = {}

    def read(self, after_id: int) -> list[DueRow]:
        self._slots.clear()
        with self._database.reading() as session:
            if self._demand:
                return queries.active_page(
                    session, list_id=self._list.id, after_id=after_id, limit=PAGE_SIZE
                )
            return queries.due_page(
                session, list_id=self._list.id, now=self._now, after_id=after_id, limit=PAGE_SIZE
            )

    def plan(self, rows: Sequence[DueRow]) -> Frozen:
        """Plan a page; a page that met somebody else's rows is planned again in smaller ones.

        Down to a single person, who is then left to the next tick: a conflict costs a re-pick,
        never the page.
        """
        try:
            return self._plan_once(rows)
        except IntegrityError:
            if len(rows) == 1:
                log.info("plan_conflict", subscription_id=rows[0].subscription_id)
                return Frozen()
        size = max(1, len(rows) // 8)
        parts = [self.plan(rows[start : start + size]) for start in range(0, len(rows), size)]
        return Frozen(
            planned=sum(part.planned for part in parts),
            skipped=sum(part.skipped for part in parts),
            moved_on=sum(part.moved_on for part in parts),
        )

    def _plan_once(self, rows: Sequence[DueRow]) -> Frozen:
        slots = [(row, self._slot(row)) for row in rows]
        with self._database.reading() as session:
            there = queries.briefs_on(
                session,
                list_id=self._list.id,
                people=[(row.subscriber_id, slot.local_date) for row, slot in slots],
            )
            new, served = [], []
            for row, slot in slots:
                existing = there.get(row.subscriber_id)
                if existing is None or self._may_replace(existing):
                    new.append((row, slot, existing))
                else:
                    served.append((row, slot))
            readers = [
                Reader(row.subscriber_id, row.language) for row, slot, _ in new if not slot.skip
            ]
            chosen = iter(self._chooser.choose(session, readers))
        plans = [
            Plan(row=row, slot=slot, choices=() if slot.skip else next(chosen), replaces=existing)
            for row, slot, existing in new
        ]
        # a skip that would only be skipped again stays as it is
        plans = [plan for plan in plans if not (plan.replaces and plan.skip)]
        with self._database.transaction() as session:
            return freeze(
                session,
                list_id=self._list.id,
                plans=plans,
                served=served,
                run_id=self._demand.run_id if self._demand else None,
                now=self._now,
            )

    def _slot(self, row: DueRow) -> Slot:
        """Decide for a row; most rows of a page are in the place of another."""
        wish = (row.timezone, row.hour, row.frequency, row.days)
        place = (*wish, row.next_due_at, row.suppressed)
        slot = self._slots.get(place)
        if slot is None:
            slot = self._slots[place] = self._decided(row)
        return slot

    def _decided(self, row: DueRow) -> Slot:
        rhythm = Rhythm(ZoneInfo(row.timezone), row.hour, row.frequency, row.days)
        if self._demand:
            return slot_on_demand(
                as_of=self._demand.as_of,
                next_due_at=row.next_due_at,
                rhythm=rhythm,
                suppressed=row.suppressed,
                lateness=self._lateness,
                now=self._now,
            )
        return slot_when_due(
            due_at=row.next_due_at or self._now,
            rhythm=rhythm,
            suppressed=row.suppressed,
            lateness=self._lateness,
            now=self._now,
        )

    def _may_replace(self, existing: ExistingBrief) -> bool:
        return (
            self._demand is not None
            and existing.state == DeliveryState.SKIPPED.value
            and existing.reason in _REPLANNED
        )
