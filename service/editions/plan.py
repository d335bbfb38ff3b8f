"""Plan: find who is due, choose for a page of them, freeze the page; until nobody is left."""

import datetime as dt
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from sqlalchemy.exc import IntegrityError

from service.audience.models import Frequency, NewsletterList
from service.db.database import Database
from service.editions import queries
from service.editions.decide import Slot, slot_on_demand, slot_when_due
from service.editions.due import Rhythm
from service.editions.freeze import Plan, freeze
from service.editions.frozen import Frozen
from service.editions.queries import DueRow, ExistingBrief
from service.editions.schedule import schedule_new
from service.ledger.partitions import make_partitions
from service.ledger.state import DeliveryState, SkipReason
from service.log import log
from service.selection.choose import Chooser, Reader, chooser_for
from service.selection.chosen import NO_CHOICES
from service.selection.keep import KeptTick, count_shown, keep_tick

PAGE_SIZE = 1_000
PAGES_PER_COUNT = 20  # what was shown is counted as rarely, in one write
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
        chooser = chooser_for(session, newsletter, now=as_of)
    page_planner = _PagePlanner(database, newsletter, chooser, demand, now)
    last_id = 0
    while rows := page_planner.read(last_id):
        last_id = rows[-1].subscription_id
        tally.add(page_planner.plan(rows))
        if progress:
            progress(tally)
    page_planner.count_shown()


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
        self._kept: KeptTick | None = None
        self._shown: Counter[int] = Counter()
        self._pages = 0

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
            frozen = self._plan_once(rows)
        except IntegrityError:
            if len(rows) == 1:
                log.info("plan_conflict", subscription_id=rows[0].subscription_id)
                return Frozen()
        else:
            self._note(frozen)
            return frozen
        size = max(1, len(rows) // 8)
        parts = [self.plan(rows[start : start + size]) for start in range(0, len(rows), size)]
        return sum(parts, start=Frozen())

    def count_shown(self) -> None:
        """Write down how often each insight was shown; a count lost with its planner is small."""
        if self._shown:
            with self._database.transaction() as session:
                count_shown(session, self._shown)
        self._shown.clear()

    def _note(self, frozen: Frozen) -> None:
        self._shown += frozen.shown
        self._pages += 1
        if self._pages % PAGES_PER_COUNT == 0:
            self.count_shown()

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
                Reader(
                    row.subscriber_id,
                    row.language,
                    row.is_personalised,
                    row.picks,
                    row.quiet_day,
                    is_weekly=row.frequency == Frequency.WEEKLY,
                    days_since=slot.days_since,
                )
                for row, slot, _ in new
                if not slot.skip
            ]
            chosen = self._chooser.choose(session, readers) if readers else None
        choices = iter(chosen.choices if chosen else ())
        plans = [
            Plan(
                row=row,
                slot=slot,
                choices=NO_CHOICES if slot.skip else next(choices),
                replaces=existing,
            )
            for row, slot, existing in new
        ]
        # a skip that would only be skipped again stays as it is
        plans = [plan for plan in plans if not (plan.replaces and plan.skip)]
        kept = self._keep_tick() if chosen else None
        with self._database.transaction() as session:
            return freeze(
                session,
                list_id=self._list.id,
                plans=plans,
                served=served,
                chosen=(chosen, kept) if chosen and kept else None,
                run_id=self._demand.run_id if self._demand else None,
                now=self._now,
            )

    def _keep_tick(self) -> KeptTick:
        """Keep what this tick chooses from, once, before the first page that was chosen from it."""
        if self._kept is None:
            with self._database.transaction() as session:
                self._kept = keep_tick(session, self._chooser, list_id=self._list.id, now=self._now)
        return self._kept

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
