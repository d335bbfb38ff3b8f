"""Sixty days of made-up readers against the service's own planning, choosing and learning.

They answer by acts alone: thumbs, "more like this", saves, mutes; no click is ever seen. Some
ticked topics that are not theirs, some ticked none, some grow tired, and before some inboxes a
scanner opens every link of every mail.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import StrEnum

import numpy as np
import numpy.typing as npt
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from service.audience.fatigue_models import Fatigue
from service.audience.lesson_models import Lesson
from service.audience.models import Subscriber
from service.db.database import Database
from service.editions.models import Brief
from service.editions.plan import plan_due
from service.evaluation.behaviour import Behaviour
from service.evaluation.simulated_store import open_world, tell
from service.evaluation.trial import LIST_ID, temporary_store
from service.evaluation.world import Tastes, Things, World
from service.feedback.look_after import look_after_readers
from service.ledger.state import DeliveryState
from service.selection.rule_versions import set_rules

BEGINNING = dt.datetime(2026, 9, 1, 7, 0, tzinfo=dt.UTC)
_DAY_HOURS = 24.0
_BEFORE_DAYS = 3  # told before the first brief, so that it has something to choose from
_PICKS = 5

Floats = npt.NDArray[np.float64]


class Start(StrEnum):
    """What readers told of themselves when they signed up."""

    RIGHT = "right topics"
    WRONG = "wrong topics"
    NOTHING = "no topics"


_STARTS = (*[Start.RIGHT] * 6, *[Start.WRONG] * 3, Start.NOTHING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How a simulation runs."""

    readers: int = 100
    days: int = 60
    things_a_day: int = 60
    seed: int = 3
    learns: bool = True  # else the acts are done and nothing is learned: nobody is personalised
    explores: bool = True
    all_wrong: bool = False  # everybody ticked what is not theirs

    def but(self, **changes: bool) -> "Plan":
        """Return the same plan with something changed."""
        return replace(self, **changes)


@dataclass(slots=True)
class Course:
    """What came of it, day by day."""

    starts: list[Start]
    tired: npt.NDArray[np.bool_]
    scanned: npt.NDArray[np.bool_]
    liking: Floats  # (days, R) mean liking of the five; NaN on a day without a brief
    possible: Floats  # (days, R) the same of the best five there were
    acts: int = 0
    briefs: int = 0
    scans: int = 0  # visits of scanners
    stories_twice: int = 0
    lessons_unexplained: int = 0  # in the store, without an act of a person
    stages: dict[str, int] = field(default_factory=dict)  # of fatigue, at the end
    slowed_unseen: int = 0

    def share(self, rows: npt.NDArray[np.bool_], days: slice) -> Floats:
        """Return, for each of these readers, what they got of what there was to get."""
        found: Floats = np.nanmean(self.liking[days][:, rows], axis=0) / np.nanmean(
            self.possible[days][:, rows], axis=0
        )
        return found

    def started(self, start: Start) -> npt.NDArray[np.bool_]:
        """Return who began so and has not grown tired."""
        return np.array([one is start for one in self.starts]) & ~self.tired


def simulate(plan: Plan, *, progress: Callable[[int], None] | None = None) -> Course:
    """Run the days and return what came of them."""
    world = World(plan.seed)
    tastes = world.readers(plan.readers)
    among = (Start.WRONG,) if plan.all_wrong else _STARTS
    starts = [among[row % len(among)] for row in range(plan.readers)]
    wrong = np.array([start is Start.WRONG for start in starts])
    asked = world.asked_for(tastes, wrong=wrong)
    asked[[start is Start.NOTHING for start in starts]] = 0
    things = world.tell(
        plan.things_a_day * (plan.days + _BEFORE_DAYS),
        hours=_DAY_HOURS * (plan.days + _BEFORE_DAYS),
    )
    behaviour = Behaviour.of(world, plan.readers, days=plan.days)
    course = Course(
        starts=starts,
        tired=behaviour.tired,
        scanned=behaviour.scanned,
        liking=np.full((plan.days, plan.readers), np.nan),
        possible=np.full((plan.days, plan.readers), np.nan),
    )
    with temporary_store() as database:
        open_world(database, asked, behaviour.may_be_seen, now=BEGINNING)
        _set_up(database, plan)
        days = _Days(database, plan, things, tastes, world.liking(tastes, things), course)
        for day in range(plan.days):
            days.run(day, behaviour)
            if progress:
                progress(day + 1)
        days.audit(behaviour)
    return course


def _set_up(database: Database, plan: Plan) -> None:
    with database.transaction() as session:
        if not plan.explores:
            off = {"explore_every": 0}
            set_rules(session, list_id=LIST_ID, changes=off, by="simulation", now=BEGINNING)
        if not plan.learns:
            session.execute(update(Subscriber).values(is_personalised=False))


class _Days:
    """One day after the other."""

    def __init__(
        self,
        database: Database,
        plan: Plan,
        things: Things,
        tastes: Tastes,
        liking: Floats,
        course: Course,
    ) -> None:
        self._database, self._plan, self._things, self._liking = database, plan, things, liking
        self._tastes, self._course = tastes, course
        self._beginning = BEGINNING - dt.timedelta(days=_BEFORE_DAYS)
        self._told = 0
        self._had: list[set[int]] = [set() for _ in range(plan.readers)]

    def run(self, day: int, behaviour: Behaviour) -> None:
        now = BEGINNING + dt.timedelta(days=day)
        hours = (now - self._beginning).total_seconds() / 3600
        upto = int(np.searchsorted(self._things.hours, hours, side="right"))
        with self._database.transaction() as session:
            places = np.arange(self._told, upto)
            tell(session, self._things, places, beginning=self._beginning, now=now)
        self._told = upto
        look_after_readers(self._database, now=now)
        plan_due(self._database, now=now)
        fresh = np.arange(int(np.searchsorted(self._things.hours, hours - 72)), upto)
        with self._database.transaction() as session:
            briefs = self._deliver(session, now)
            for brief in briefs:
                self._read(session, brief, day, fresh, behaviour, now)

    def _deliver(self, session: Session, now: dt.datetime) -> list[Brief]:
        planned = DeliveryState.PLANNED.value
        session.execute(
            update(Brief)
            .where(Brief.local_date == now.date(), Brief.state == planned)
            .values(state=DeliveryState.ACCEPTED.value, settled_at=now)
        )
        return list(
            session.scalars(
                select(Brief)
                .where(
                    Brief.local_date == now.date(),
                    Brief.state == DeliveryState.ACCEPTED.value,
                )
                .order_by(Brief.subscriber_id)
            )
        )

    def _read(
        self,
        session: Session,
        brief: Brief,
        day: int,
        fresh: npt.NDArray[np.int64],
        behaviour: Behaviour,
        now: dt.datetime,
    ) -> None:
        row = brief.subscriber_id - 1
        places = [pick[0] - 1 for pick in brief.picks]
        stories = self._things.stories[places].tolist()
        self._course.briefs += 1
        self._course.stories_twice += len(stories) - len(set(stories) - self._had[row])
        course, liking = self._course, self._liking[row]
        course.liking[day, row] = liking[places].mean()
        course.possible[day, row] = self._best(row, fresh)
        self._had[row].update(stories)
        course.scans += behaviour.scan(session, brief, now=now)
        course.acts += behaviour.act(session, brief, liking[places], day=day, now=now)

    def _best(self, row: int, fresh: npt.NDArray[np.int64]) -> float:
        """Return what the best five would be that could be had: each story once, none had."""
        taken: set[int] = set()
        total = 0.0
        for place in fresh[np.argsort(-self._liking[row, fresh])].tolist():
            story = int(self._things.stories[place])
            if story not in self._had[row] and story not in taken:
                taken.add(story)
                total += float(self._liking[row, place])
                if len(taken) == _PICKS:
                    break
        return total / _PICKS

    def audit(self, behaviour: Behaviour) -> None:
        """Look at what the store says in the end."""
        course = self._course
        with self._database.reading() as session:
            stages = session.execute(
                select(Fatigue.stage, func.count()).group_by(Fatigue.stage)
            ).all()
            course.stages = dict(sorted((stage, count) for stage, count in stages))
            slowed = session.scalars(
                select(Fatigue.subscription_id).where(Fatigue.stage != "questioned")
            ).all()
            course.slowed_unseen = sum(not behaviour.may_be_seen[who - 1] for who in slowed)
            lessons = session.execute(
                select(Lesson.subscriber_id, Lesson.insight_id, Lesson.act)
            ).all()
        known = {(who, what, act) for who, what, act in lessons}
        course.lessons_unexplained = len(known - behaviour.done)
