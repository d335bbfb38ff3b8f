"""What the store knows of readers decides what they get, the same on every store."""

import numpy as np
from sqlalchemy import select

from service.audience.models import (
    Interest,
    PodcastStance,
    ReaderProfile,
    SpeakerStance,
)
from service.db.database import Database
from service.insights.models import InsightTopic
from service.insights.speakers import speaker_key
from service.insights.vector_models import StoredModel
from service.insights.vectors import write_vectors
from service.ledger.models import Shown
from service.selection.choose import Reader
from tests.factories.readers_choice import chosen_for, ids, insights, no_luck
from tests.factories.store import (
    NOW,
    make_insight,
    make_list,
    make_podcast,
    make_subscriber,
    make_topic,
)


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
