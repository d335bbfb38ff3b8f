"""Plan: find who is due, choose for a page of them, freeze the page; until nobody is left."""

import datetime as dt
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from zoneinfo import ZoneInfo

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from service.audience.models import Frequency, NewsletterList
from service.db.database import Database
from service.editions import queries
from service.editions.decide import Slot, slot_on_demand, slot_when_due
from service.editions.due import Rhythm
from service.editions.due_page import (
    NOBODY_YET,
    DueGroup,
    Place,
    active_page,
    due_page,
    last_of,
    split,
)
from service.editions.freeze import freeze
from service.editions.frozen import Frozen
from service.editions.planned import Plan
from service.editions.queries import ExistingBrief
from service.editions.schedule import schedule_new
from service.ledger.partitions import make_partitions
from service.ledger.state import DeliveryState, SkipReason
from service.log import log
from service.selection.choose import Chooser, Reader, Readers, chooser_for
from service.selection.keep import KeptTick, count_shown, keep_tick

PAGE_SIZE = 2_000
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
    after = NOBODY_YET
    while page := page_planner.read(after):
        after = last_of(page, by_id=demand is not None)
        tally.add(page_planner.plan(page))
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
        # whoever is due seldom has a row of that date; from the first who has, all are looked up
        self._looks_first = demand is not None
        self._kept: KeptTick | None = None
        self._shown: Counter[int] = Counter()
        self._pages = 0

    def read(self, after: tuple[dt.datetime, int]) -> list[DueGroup]:
        with self._database.reading() as session:
            if self._demand:
                return active_page(session, list_id=self._list.id, after=after, limit=PAGE_SIZE)
            return due_page(
                session, list_id=self._list.id, now=self._now, after=after, limit=PAGE_SIZE
            )

    def plan(self, page: Sequence[DueGroup]) -> Frozen:
        """Plan a page; a page that met somebody else's rows is planned again in smaller ones.

        Down to a single person, who is then left to the next tick: a conflict costs a re-pick,
        never the page.
        """
        try:
            frozen = self._plan_once(page)
        except IntegrityError:
            if not self._looks_first:
                self._looks_first = True
                return self.plan(page)
            people = sum(map(len, page))
            if people == 1:
                log.info("plan_conflict", subscription_id=page[0].subscription_ids[0])
                return Frozen()
        else:
            self._note(frozen)
            return frozen
        parts = [self.plan(part) for part in split(page, max(1, people // 8))]
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

    def _plan_once(self, page: Sequence[DueGroup]) -> Frozen:
        with self._database.reading() as session:
            new, served = self._new_and_served(session, page)
            groups = [
                (plan.group.subscriber_ids, _reader(plan)) for plan in new if not plan.slot.skip
            ]
            chosen = self._chooser.choose(session, Readers.of_groups(groups)) if groups else None
        choices = iter(chosen.choices if chosen else ())
        plans = [
            plan if plan.slot.skip else replace(plan, choices=list(islice(choices, len(plan))))
            for plan in new
        ]
        # a skip that would only be skipped again stays as it is
        plans = [
            plan.only([bool(one.insight_ids) for one in plan.choices]) if plan.replaces else plan
            for plan in plans
            if not (plan.replaces and plan.slot.skip)
        ]
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

    def _new_and_served(
        self, session: Session, page: Sequence[DueGroup]
    ) -> tuple[list[Plan], list[Plan]]:
        """Give each group its slot; tell apart who has a row of that date already."""
        plans = [Plan(group=group, slot=self._slot(group.place)) for group in page]
        if not self._looks_first:
            return plans, []
        there = queries.briefs_on(
            session,
            list_id=self._list.id,
            people=[
                (person, plan.slot.local_date)
                for plan in plans
                for person in plan.group.subscriber_ids
            ],
        )
        new, served = [], []
        for plan in plans:
            found = [there.get(person) for person in plan.group.subscriber_ids]
            new.append(plan.only([brief is None for brief in found]))
            again = [brief is not None and self._may_replace(brief) for brief in found]
            replaced = [brief for brief, anew in zip(found, again, strict=True) if brief and anew]
            new.append(replace(plan.only(again), replaces=replaced))
            stay = [brief is not None and not self._may_replace(brief) for brief in found]
            served.append(plan.only(stay))
        return [plan for plan in new if len(plan)], [plan for plan in served if len(plan)]

    def _keep_tick(self) -> KeptTick:
        """Keep what this tick chooses from, once, before the first page that was chosen from it."""
        if self._kept is None:
            with self._database.transaction() as session:
                self._kept = keep_tick(session, self._chooser, list_id=self._list.id, now=self._now)
        return self._kept

    def _slot(self, place: Place) -> Slot:
        rhythm = Rhythm(ZoneInfo(place.timezone), place.hour, place.frequency, place.days)
        if self._demand:
            return slot_on_demand(
                as_of=self._demand.as_of,
                next_due_at=place.next_due_at,
                rhythm=rhythm,
                suppressed=place.suppressed,
                lateness=self._lateness,
                now=self._now,
            )
        return slot_when_due(
            due_at=place.next_due_at or self._now,
            rhythm=rhythm,
            suppressed=place.suppressed,
            lateness=self._lateness,
            now=self._now,
        )

    def _may_replace(self, existing: ExistingBrief) -> bool:
        return (
            self._demand is not None
            and existing.state == DeliveryState.SKIPPED.value
            and existing.reason in _REPLANNED
        )


def _reader(plan: Plan) -> Reader:
    """Return one of the group as the choice knows them; the others differ by number alone."""
    place = plan.group.place
    return Reader(
        plan.group.subscriber_ids[0],
        place.language,
        place.is_personalised,
        place.picks,
        place.quiet_day,
        is_weekly=place.frequency == Frequency.WEEKLY,
        days_since=plan.slot.days_since,
    )
