"""Nobody gets a story twice: across lists, zones, days, kills in mid-plan and runs on demand."""

import datetime as dt
from collections import Counter

import numpy as np
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from service.audience.models import NewsletterList
from service.clock import FixedClock
from service.db.database import Database
from service.editions import plan
from service.editions.freeze import freeze
from service.editions.models import Brief, Run
from service.editions.plan import Demand, Tally, plan_due, plan_list
from service.insights.models import Insight
from tests.factories.store import (
    NOW,
    make_insight,
    make_list,
    make_podcast,
    make_subscriber,
    make_subscription,
    make_topic,
)

ZONES = ("UTC", "Asia/Tokyo", "America/Lima", "Pacific/Kiritimati", "Europe/Lisbon")
DAYS = 6


def populate(session: Session) -> None:
    """Write twelve readers of two or three lists, and insights of which many retell others."""
    chance = np.random.default_rng(5)
    topics = [make_topic(session, name) for name in ("Bees", "Law", "Rockets", "Bread")]
    lists = [make_list(session) for _ in range(3)]
    podcasts = [make_podcast(session) for _ in range(12)]
    for number in range(120):
        made = make_insight(
            session,
            topics=(topics[number % 4],),
            podcast=podcasts[number % 12],
            age_hours=float(chance.uniform(-24 * DAYS, 60)),
            speaker=f"Speaker {number % 30}",
        )
        if number % 3 == 0:
            made.story_id = max(1, made.id - int(chance.integers(1, 12)))
    for number in range(12):
        person = make_subscriber(session)
        for newsletter in lists[: 2 + number % 2]:
            make_subscription(
                session,
                newsletter,
                subscriber=person,
                topics=tuple(topics[: number % 4]),
                timezone=ZONES[number % len(ZONES)],
                hour=int(chance.integers(24)),
                picks=(3, 5, 7, None)[number % 4],
                quiet_day=("fewer", "missed", "nothing")[number % 3],
                next_due_at=None,
            )


def stories_of_readers(database: Database) -> dict[int, list[int]]:
    with database.reading() as session:
        story_of = {one.id: one.story_id for one in session.scalars(select(Insight))}
        found: dict[int, list[int]] = {}
        for brief in session.scalars(select(Brief)):
            stories = [story_of[pick[0]] for pick in brief.picks]
            found.setdefault(brief.subscriber_id, []).extend(stories)
    return found


def test_no_story_comes_twice_over_days_lists_zones_kills_and_runs(
    database: Database, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
):
    with database.transaction() as session:
        populate(session)
    monkeypatch.setattr(plan, "PAGE_SIZE", 5)
    calls = Counter[str]()

    def mortal(session: Session, **given: object) -> object:
        calls["all"] += 1
        frozen = freeze(session, **given)  # type: ignore[arg-type]
        if calls["all"] % 5 == 0:
            calls["killed"] += 1
            message = "killed before the commit"
            raise KeyboardInterrupt(message)
        return frozen

    monkeypatch.setattr(plan, "freeze", mortal)
    for hour in range(0, 24 * DAYS, 3):
        now = NOW + dt.timedelta(hours=hour)
        try:
            plan_due(database, now=now)
        except KeyboardInterrupt:
            plan_due(database, now=now)
        if hour % 60 == 30:
            demand_everything(database, now)
    found = stories_of_readers(database)
    assert calls["killed"] > 5
    assert len(found) == 12
    assert all(len(stories) > 15 for stories in found.values())
    twice = {who: Counter(stories).most_common(1) for who, stories in found.items()}
    assert all(count == 1 for ((_, count),) in twice.values()), twice


def demand_everything(database: Database, now: dt.datetime) -> None:
    with database.transaction() as session:
        newsletter = session.scalars(select(NewsletterList)).all()[0]
        run = Run(list_id=newsletter.id, as_of=now, started_at=now)
        session.add(run)
        session.flush()
    try:
        plan_list(
            database, newsletter, demand=Demand(run_id=run.id, as_of=now), now=now, tally=Tally()
        )
    except KeyboardInterrupt:
        return
