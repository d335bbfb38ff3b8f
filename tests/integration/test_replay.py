"""What was frozen is enough to choose the same five again, and to say of all else why not."""

import datetime as dt
import json
from collections.abc import Callable

import numpy as np
import pytest
from sqlalchemy import delete, func, select, update

from service.audience.models import Interest, ReaderProfile, Subscription
from service.clock import FixedClock
from service.db.database import Database
from service.editions.models import Brief, Tick
from service.editions.plan import plan_due
from service.editions.queries import choice_pages_of
from service.insights.models import Insight, InsightTally
from service.insights.vector_models import InsightVector
from service.ledger.models import Shown
from service.privacy.erase import Eraser
from service.selection.choose import Reader
from service.selection.frozen import thaw_tops
from service.selection.keep import forget_old_choices, forget_reader
from service.selection.models import CandidateSet, ChoicePage
from service.selection.pack import unpack
from service.selection.recall import Recalled, recall
from service.selection.rule_versions import set_rules
from service.selection.scoring import taste_in_steps
from tests.factories.readers_choice import a_small_world
from tests.factories.store import NOW

MOST_BYTES = 1_024


@pytest.fixture
def world(database: Database, clock: FixedClock) -> Database:
    """Thirty readers of one list whose briefs are planned."""
    with database.transaction() as session:
        newsletter, readers = a_small_world(session)
        wishes = ("fewer", "missed", "nothing")
        for number, reader in enumerate(readers):
            rhythm = ("daily", "weekly", "days", "weekdays")[number % 4]
            picks, wish = 3 + number % 3 * 2, wishes[number % 3]
            session.add(subscription(newsletter.id, reader, rhythm, picks, wish))
            had = session.scalars(select(Insight).where(Insight.id % (2 + number) == 0))
            session.add_all(
                Shown(
                    subscriber_id=reader.subscriber_id,
                    story_id=insight.story_id,
                    insight_id=insight.id,
                    brief_id=1,
                    shown_on=NOW.date(),
                )
                for insight in had
            )
    plan_due(database, now=clock.now())
    return database


def subscription(
    list_id: int, reader: Reader, frequency: str, picks: int, wish: str
) -> Subscription:
    return Subscription(
        list_id=list_id,
        subscriber_id=reader.subscriber_id,
        status="active",
        timezone="UTC",
        hour=7,
        frequency=frequency,
        days=1 << NOW.weekday() | 1 << (NOW.weekday() + 2) % 7,
        picks=picks,
        quiet_day=wish,
        created_at=NOW,
        next_due_at=NOW,
    )


def recalled(database: Database) -> list[tuple[Brief, Recalled | None]]:
    with database.reading() as session:
        rows = session.execute(
            select(Brief, Tick.choice_page_id).join(Tick, Tick.id == Brief.tick_id)
        ).all()
        return [
            (brief, recall(session, page_id=page_id or 0, subscriber_id=brief.subscriber_id))
            for brief, page_id in rows
        ]


def test_replay_gives_the_same_picks_whatever_has_changed_since(world: Database):
    with world.transaction() as session:
        session.execute(update(Insight).values(quality=0.9, hidden=True))
        session.execute(update(InsightTally).values(shown=9, liked=9))
        session.execute(delete(Interest))
        session.execute(delete(ReaderProfile))
        session.execute(delete(Shown))
        list_id = session.scalar(select(Brief.list_id).limit(1))
        assert list_id is not None
        set_rules(session, list_id=list_id, changes={"recency": 3}, by="test", now=NOW)
    briefs = recalled(world)
    assert len(briefs) == 30
    sizes = set()
    for brief, found in briefs:
        assert found is not None
        assert found.again == [pick[0] for pick in brief.picks]
        assert found.problem is None
        assert (found.rules_version, found.as_of) == (0, NOW)
        assert 0 < found.kept_bytes <= MOST_BYTES
        sizes.add(len(brief.picks))
    assert {3, 5, 7} <= sizes


def test_every_candidate_is_told_part_by_part_and_the_parts_add_up(world: Database):
    for brief, found in recalled(world):
        assert found is not None
        with world.reading() as session:
            assert len(found.candidates) == session.scalar(
                select(func.count()).select_from(Insight)
            )
        picks = [one for one in found.candidates if one.is_pick]
        assert [one.insight_id for one in picks] == [pick[0] for pick in brief.picks]
        assert [one.score for one in picks] == pytest.approx(
            [pick[1] for pick in brief.picks], abs=0.01
        )
        assert not any(one.is_out for one in picks)
        with world.reading() as session:
            had = set(
                session.scalars(
                    select(Shown.insight_id).where(Shown.subscriber_id == brief.subscriber_id)
                )
            )
        own = {pick[0] for pick in brief.picks}
        assert {one.insight_id for one in found.candidates if one.is_out} >= had - own


def test_once_let_go_the_picks_and_the_ten_after_them_are_still_told(
    world: Database, clock: FixedClock
):
    before = recalled(world)
    with world.transaction() as session:
        assert forget_old_choices(session, now=clock.now() + dt.timedelta(days=13)) == 0
        assert forget_old_choices(session, now=clock.now() + dt.timedelta(days=14)) > 0
        assert forget_old_choices(session, now=clock.now() + dt.timedelta(days=14)) == 0
    with world.reading() as session:
        assert session.scalars(select(CandidateSet.id)).all() == []
        assert set(session.scalars(select(ChoicePage.readers))) == {None}
        is_fresh = Insight.published_at >= NOW - dt.timedelta(hours=72)
        fresh = set(session.scalars(select(Insight.id).where(is_fresh)))
    for (brief, full), (_, found) in zip(before, recalled(world), strict=True):
        assert full is not None
        assert found is not None
        picks = [one for one in found.candidates if one.is_pick]
        assert [one.insight_id for one in picks] == [pick[0] for pick in brief.picks]
        others = [one for one in found.candidates if not one.is_pick]
        best = [
            one.score
            for one in full.candidates
            if one.insight_id in fresh and not (one.is_pick or one.is_out)
        ]
        assert len(others) >= min(10, len(best))
        assert max((one.score for one in others), default=0) >= max(best, default=0) - 0.02
        known = {one.insight_id: one for one in full.candidates}
        for one in found.candidates:
            assert one.parts == pytest.approx(known[one.insight_id].parts, abs=0.01)
        assert found.again is None
        assert "no longer kept" in (found.problem or "")


def test_texts_read_by_another_model_since_are_named_as_a_doubt(world: Database):
    with world.transaction() as session:
        session.execute(delete(InsightVector))
    found = recalled(world)[0][1]
    assert found is not None
    assert "read anew" in (found.problem or "")


def test_of_a_forgotten_reader_nothing_is_left_and_others_are_chosen_as_before(world: Database):
    briefs = recalled(world)
    gone = briefs[3][0].subscriber_id
    with world.transaction() as session:
        pages = choice_pages_of(session, subscriber_id=gone)
        forget_reader(session, page_ids=pages, subscriber_id=gone)
    for (brief, before), (_, after) in zip(briefs, recalled(world), strict=True):
        if brief.subscriber_id == gone:
            assert after is None
        else:
            assert before is not None
            assert after is not None
            assert after.again == before.again


def test_erasing_a_person_takes_their_taste_out_of_what_is_kept_for_replay(
    world: Database, clock: FixedClock
):
    with world.reading() as session:
        profile = session.scalars(select(ReaderProfile)).all()[-1]
        (page,) = session.scalars(select(ChoicePage))
        vectors = np.frombuffer(profile.vector, "<f2").astype(np.float32)[None]
    steps = taste_in_steps(vectors).tobytes()
    whose = np.int64(profile.subscriber_id).tobytes()
    assert page.readers is not None
    assert steps in page.readers
    assert whose in page.readers[: page.readers.index(b"\n") + 8 * 31]

    Eraser([b"a key of thirty-two octets length"]).erase(
        world, subscriber_id=profile.subscriber_id, now=clock.now()
    )

    with world.reading() as session:
        after = session.get_one(ChoicePage, page.id)
        assert after.readers is not None
        assert steps not in after.readers
        assert not thaw_tops(after.tops, subscriber_id=profile.subscriber_id)
        assert len(unpack(after.readers)["people"]) == 30


def test_what_was_shown_is_counted(world: Database):
    with world.reading() as session:
        picks = [pick[0] for brief in session.scalars(select(Brief)) for pick in brief.picks]
        tallies = session.scalars(select(InsightTally).where(InsightTally.shown > 0))
        shown = {tally.insight_id: tally.shown for tally in tallies}
    assert shown == {insight_id: picks.count(insight_id) for insight_id in set(picks)}


def test_the_command_shows_and_replays_by_number_and_by_address(
    world: Database, podbrief: Callable[..., object]
):
    with world.reading() as session:
        brief = session.scalars(select(Brief).where(Brief.reason.is_(None))).first()
    assert brief is not None
    ran = podbrief("brief", "why", str(brief.id), "--json", "--replay")
    (answer,) = json.loads(ran.out)  # type: ignore[attr-defined]
    assert answer["choice"]["replay"] == {
        "insight_ids": [pick[0] for pick in brief.picks],
        "same": True,
    }
    assert answer["choice"]["kept_bytes"] <= MOST_BYTES
    assert len(answer["choice"]["candidates"]) == 150
    shown = podbrief("brief", "why", str(brief.id), "--replay")
    assert "chosen again: the same" in shown.out  # type: ignore[attr-defined]
    nobody = podbrief("brief", "why", "999999")
    assert (nobody.code, nobody.out) == (2, "")  # type: ignore[attr-defined]
