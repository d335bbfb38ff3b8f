"""What the store knows of readers decides what they get, the same on every store."""

import datetime as dt
import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from service.audience.models import (
    Interest,
    NewsletterList,
    PodcastStance,
    ReaderProfile,
    SpeakerStance,
    Subscriber,
)
from service.db.database import Database
from service.insights.models import Insight, InsightTally, InsightTopic
from service.insights.speakers import speaker_key
from service.insights.vector_models import StoredModel
from service.insights.vectors import write_vectors
from service.ledger.models import Shown
from service.selection.choose import Reader, chooser_for
from service.selection.rule_versions import set_rules
from tests.factories.store import (
    NOW,
    make_insight,
    make_list,
    make_podcast,
    make_subscriber,
    make_topic,
)


def chosen_for(
    session: Session, newsletter: NewsletterList, *readers: Reader | Subscriber, seed: int = 1
) -> list[list[list[Any]]]:
    """Return the stored picks of these readers: insight, score, reason, argument."""
    asked = [one if isinstance(one, Reader) else Reader(one.id, one.language) for one in readers]
    chosen = chooser_for(session, newsletter, now=NOW).choose(session, asked, seed=seed)
    return [json.loads(choices.text) for choices in chosen.choices]


def ids(picks: list[list[Any]]) -> list[int]:
    return [pick[0] for pick in picks]


def no_luck(session: Session, newsletter: NewsletterList, **more: object) -> None:
    """Choose without dice: popularity and tries are left out."""
    changes = {"popularity": 0, "explore_every": 0} | more
    set_rules(session, list_id=newsletter.id, changes=changes, by="test", now=NOW)


def insights(session: Session, count: int, **given: Any) -> list[Insight]:
    return [
        make_insight(session, speaker=f"Speaker {n}", age_hours=1 + n / 10, **given)
        for n in range(count)
    ]


def test_topics_asked_for_come_first_and_are_the_reason(database: Database):
    with database.transaction() as session:
        newsletter = make_list(session)
        no_luck(session, newsletter)
        bees, law = make_topic(session, "Bees"), make_topic(session, "Law")
        others = insights(session, 8, topics=(law,))
        wanted = insights(session, 3, topics=(bees,))
        reader = make_subscriber(session)
        session.add(Interest(subscriber_id=reader.id, topic_id=bees.id, weight=1, stated=1))
        session.flush()
        (picks,) = chosen_for(session, newsletter, reader)
    assert sorted(ids(picks[:3])) == sorted(one.id for one in wanted)
    assert [pick[2:] for pick in picks[:3]] == [["topic", "Bees"]] * 3
    assert [pick[2:] for pick in picks[3:]] == [["list_best", newsletter.name]] * 2
    assert set(ids(picks[3:])) <= {one.id for one in others}


def test_a_topic_only_learned_of_is_called_liked_and_never_followed(database: Database):
    with database.transaction() as session:
        newsletter = make_list(session)
        no_luck(session, newsletter)
        bees = make_topic(session, "Bees")
        insights(session, 8)
        (wanted,) = insights(session, 1, topics=(bees,))
        reader = make_subscriber(session)
        session.add(Interest(subscriber_id=reader.id, topic_id=bees.id, weight=0.5, learned=0.5))
        session.flush()
        (picks,) = chosen_for(session, newsletter, reader)
    assert picks[0][0] == wanted.id
    assert picks[0][2:] == ["liked_topic", "Bees"]


def test_what_is_muted_never_comes_and_what_is_followed_comes_sooner(database: Database):
    with database.transaction() as session:
        newsletter = make_list(session)
        no_luck(session, newsletter)
        bees = make_topic(session, "Bees")
        loud, dear = make_podcast(session), make_podcast(session)
        muted = [
            make_insight(session, podcast=loud, age_hours=1, quality=1),
            make_insight(session, speaker="Iris  VANE", age_hours=1, quality=1),
            make_insight(session, topics=(bees,), age_hours=1, quality=1),
        ]
        plain = insights(session, 6)
        followed = make_insight(session, podcast=dear, age_hours=60, quality=0.3, speaker="A")
        heard = make_insight(session, speaker="Ada Bell", age_hours=30, quality=0.5)
        reader, other = make_subscriber(session), make_subscriber(session)
        for podcast, stance in ((loud, "mute"), (dear, "follow")):
            session.add(
                PodcastStance(
                    subscriber_id=reader.id, podcast_id=podcast.id, stance=stance, since=NOW
                )
            )
        for name, stance in (("Iris Vane", "mute"), ("ada bell", "follow")):
            session.add(
                SpeakerStance(
                    subscriber_id=reader.id, speaker_key=speaker_key(name), stance=stance, since=NOW
                )
            )
        session.add(Interest(subscriber_id=reader.id, topic_id=bees.id, weight=0, stated=0))
        session.flush()
        mine, theirs = chosen_for(session, newsletter, reader, other)
    assert not set(ids(mine)) & {one.id for one in muted}
    reasons = {pick[0]: pick[2:] for pick in mine}
    assert reasons[followed.id] == ["podcast", dear.name]
    assert reasons[heard.id] == ["speaker", "Ada Bell"]
    assert {one.id for one in muted} <= set(ids(theirs))
    assert followed.id not in ids(theirs)
    assert set(ids(mine)) - {followed.id, heard.id} <= {one.id for one in plain}


def test_what_somebody_liked_draws_what_is_like_it(database: Database):
    with database.transaction() as session:
        newsletter = make_list(session)
        no_luck(session, newsletter, variety=0)
        found = insights(session, 30)
        vectors = np.random.default_rng(1).normal(size=(30, 16)).astype(np.float32)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        model = StoredModel(name="made", version="1", size=16, in_use_since=NOW)
        session.add(model)
        session.flush()
        write_vectors(session, [one.id for one in found], vectors, model=model)
        profile = {
            "vector": vectors[21].astype("<f2").tobytes(),
            "likes": 20.0,
            "updated_at": NOW,
        }
        known, elsewhere, plain = (make_subscriber(session) for _ in range(3))
        session.add(ReaderProfile(subscriber_id=known.id, model="made 1", **profile))
        session.add(ReaderProfile(subscriber_id=elsewhere.id, model="other 7", **profile))
        session.add(ReaderProfile(subscriber_id=plain.id, model="made 1", **profile))
        session.flush()
        mine, foreign, private = chosen_for(
            session,
            newsletter,
            known,
            elsewhere,
            Reader(plain.id, "en", is_personalised=False),
        )
    assert mine[0][0] == found[21].id
    assert mine[0][2] == "liked"
    assert ids(foreign) == ids(private)  # a vector of another model says nothing
    assert all(pick[2] in ("fresh", "quality") for pick in private)


def test_not_personalised_means_what_they_asked_for_and_nothing_learned(database: Database):
    with database.transaction() as session:
        newsletter = make_list(session)
        no_luck(session, newsletter)
        bees, law = make_topic(session, "Bees"), make_topic(session, "Law")
        insights(session, 8, quality=1.0)
        (about_law,) = insights(session, 1, topics=(law,), quality=0.0)
        (about_bees,) = insights(session, 1, topics=(bees,), quality=0.0)
        readers = [make_subscriber(session) for _ in range(2)]
        for reader in readers:
            session.add(
                Interest(subscriber_id=reader.id, topic_id=bees.id, weight=3, stated=1, learned=2)
            )
            session.add(Interest(subscriber_id=reader.id, topic_id=law.id, weight=2, learned=2))
        session.flush()
        mine, plain = chosen_for(
            session,
            newsletter,
            readers[0],
            Reader(readers[1].id, "en", is_personalised=False),
        )
    assert {about_law.id, about_bees.id} <= set(ids(mine))
    assert about_bees.id in ids(plain)
    assert about_law.id not in ids(plain)


def test_no_story_comes_twice_whatever_list_it_came_from(database: Database):
    with database.transaction() as session:
        newsletter = make_list(session)
        no_luck(session, newsletter)
        first, *others = insights(session, 7)
        retold = make_insight(session, story_id=first.story_id, quality=1.0, speaker="B")
        moved = make_insight(session, story_id=others[0].id, quality=1.0, speaker="C")
        reader = make_subscriber(session)
        for story, insight in ((first.story_id, first.id), (10_000, moved.id)):
            session.add(
                Shown(
                    subscriber_id=reader.id,
                    story_id=story,
                    insight_id=insight,
                    brief_id=1,
                    shown_on=NOW.date(),
                )
            )
        session.flush()
        (picks,) = chosen_for(session, newsletter, reader)
    assert not {first.id, retold.id, moved.id} & set(ids(picks))
    assert len(picks) == 5


def test_only_languages_the_reader_or_the_list_speaks(database: Database):
    with database.transaction() as session:
        newsletter = make_list(session)
        no_luck(session, newsletter)
        english = insights(session, 2)
        dutch = insights(session, 2, language="nl", quality=1.0)
        insights(session, 4, language="de", quality=1.0)
        readers = [make_subscriber(session, language=code) for code in ("en", "nl", "fr")]
        en, nl, fr = (set(ids(picks)) for picks in chosen_for(session, newsletter, *readers))
    ours = {one.id for one in english}
    assert en == fr == ours
    assert nl == ours | {one.id for one in dutch}


def test_a_reader_of_whom_nothing_is_known_gets_a_full_and_varied_brief(database: Database):
    with database.transaction() as session:
        newsletter = make_list(session)
        topics = [make_topic(session, name) for name in ("Bees", "Law", "Rockets", "Bread")]
        for number in range(20):
            topic = topics[0] if number < 14 else topics[number % 4]
            insights(session, 1, topics=(topic,), quality=1.0 if number < 14 else 0.4)
        (picks,) = chosen_for(session, newsletter, make_subscriber(session))
        about = session.scalars(
            select(InsightTopic.topic_id).where(InsightTopic.insight_id.in_(ids(picks))).distinct()
        ).all()
    assert len(picks) == 5
    assert len(about) >= 3
    assert all(pick[2] != "explore" for pick in picks)


def test_one_pick_in_five_tries_something_new_and_says_so(database: Database):
    with database.transaction() as session:
        newsletter = make_list(session)
        topics = [make_topic(session, name) for name in ("Bees", "Law", "Rockets", "Bread")]
        for topic in topics:
            insights(session, 5, topics=(topic,))
        readers = [make_subscriber(session) for _ in range(8)]
        for reader in readers:
            for topic in topics[:3]:
                session.add(
                    Interest(subscriber_id=reader.id, topic_id=topic.id, weight=1, stated=1)
                )
        session.flush()
        pages = chosen_for(session, newsletter, *readers)
        three = chosen_for(session, newsletter, *(Reader(r.id, "en", picks=3) for r in readers))
    assert [[pick[2:] for pick in picks if pick[2] == "explore"] for picks in pages] == [
        [["explore", "Bread"]]
    ] * 8
    assert all(picks[4][2] == "explore" for picks in pages)
    tried = sum(pick[2] == "explore" for picks in three for pick in picks)
    assert 1 <= tried < 8


def test_popular_is_said_only_of_what_readers_took_to(database: Database):
    with database.transaction() as session:
        newsletter = make_list(session)
        found = insights(session, 12, quality=0.3)
        for insight in found:
            is_liked = insight is found[-1]
            session.add(
                InsightTally(
                    insight_id=insight.id, shown=2_000, liked=900 if is_liked else 10, disliked=0
                )
            )
        session.flush()
        (picks,) = chosen_for(session, newsletter, make_subscriber(session))
    assert picks[0][0] == found[-1].id
    assert picks[0][2] == "popular"
    assert all(pick[2] != "popular" for pick in picks[1:])


@pytest.mark.parametrize(
    ("wish", "expected"), [("fewer", [0, 1]), ("missed", [0, 1, 2, 3, 4]), ("nothing", [])]
)
def test_a_quiet_day_is_what_the_reader_wants_of_it(
    database: Database, wish: str, expected: Sequence[int]
):
    with database.transaction() as session:
        newsletter = make_list(session)
        no_luck(session, newsletter)
        good = [make_insight(session, age_hours=n, speaker=f"S{n}") for n in (1, 2)]
        older = [make_insight(session, age_hours=200 + n, speaker=f"S{n}") for n in (3, 4, 5)]
        reader = make_subscriber(session)
        (picks,) = chosen_for(session, newsletter, Reader(reader.id, "en", quiet_day=wish))
    both = [one.id for one in (*good, *older)]
    assert sorted(ids(picks)) == sorted(both[place] for place in expected)
    missed = [pick[0] for pick in picks if pick[2] == "missed"]
    assert sorted(missed) == ([one.id for one in older] if wish == "missed" else [])


def test_older_ones_fill_up_a_brief_that_has_enough_good_ones(database: Database):
    with database.transaction() as session:
        newsletter = make_list(session)
        no_luck(session, newsletter)
        for hours in (1, 2, 100, 200, 300, 719, 721):
            make_insight(session, age_hours=hours, speaker=f"S{hours}")
        reader = make_subscriber(session)
        (picks,) = chosen_for(session, newsletter, reader)
        session.execute(update(Insight).values(published_at=NOW - dt.timedelta(days=31)))
        (nothing,) = chosen_for(session, newsletter, reader)
    assert len(picks) == 5
    assert nothing == []


def test_the_same_is_chosen_on_every_store_and_again(sqlite_url: str, postgresql_url: str):
    found = []
    for url in (sqlite_url, postgresql_url):
        database = Database(url)
        with database.transaction() as session:
            newsletter, readers = a_small_world(session)
            found.append(chosen_for(session, newsletter, *readers))
            found.append(chosen_for(session, newsletter, *readers))
            others = chosen_for(session, newsletter, *readers, seed=2)
        database.dispose()
    assert found[0] == found[1] == found[2] == found[3]
    assert others != found[0]


def a_small_world(session: Session) -> tuple[NewsletterList, list[Reader]]:
    """Return a list with insights, tallies, vectors and readers drawn by chance."""
    chance = np.random.default_rng(11)
    newsletter = make_list(session, slug="world", name="World")
    topics = [make_topic(session, f"World topic {n}") for n in range(10)]
    podcasts = [make_podcast(session) for _ in range(25)]
    found = [
        make_insight(
            session,
            topics=tuple(topics[n] for n in set(chance.integers(0, 10, 2).tolist())),
            podcast=podcasts[int(chance.integers(25))],
            age_hours=float(chance.uniform(0, 200)),
            quality=float(chance.integers(0, 5)) / 4,
            speaker=f"Speaker {chance.integers(40)}",
        )
        for _ in range(150)
    ]
    vectors = chance.normal(size=(150, 16)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    model = StoredModel(name="made", version="1", size=16, in_use_since=NOW)
    session.add(model)
    session.flush()
    write_vectors(session, [one.id for one in found], vectors, model=model)
    readers = []
    for number in range(30):
        person = make_subscriber(session)
        for place in set(chance.integers(0, 10, number % 5).tolist()):
            session.add(
                Interest(subscriber_id=person.id, topic_id=topics[place].id, weight=1, stated=1)
            )
        if number % 2:
            session.add(
                ReaderProfile(
                    subscriber_id=person.id,
                    model="made 1",
                    vector=chance.normal(size=16).astype("<f2").tobytes(),
                    likes=float(number),
                    updated_at=NOW,
                )
            )
        readers.append(Reader(person.id, "en"))
    session.flush()
    return newsletter, readers
