"""What people say they want of topics, podcasts and speakers."""

import pytest
from sqlalchemy import select

from service.audience.interests import set_stated
from service.audience.models import Interest, PodcastStance, SpeakerStance, Stance
from service.audience.stances import set_podcast_stance, set_speaker_stance
from service.errors import InputError, NotFoundError
from tests.factories.readership import build_readership

FOLLOWED, OTHER = 0, 1


@pytest.fixture
def readership(database, clock):
    with database.transaction() as session:
        return build_readership(session, now=clock.now())


@pytest.fixture
def state(database, readership):
    def state(**levels):
        with database.transaction() as session:
            topics = dict(zip(("ai", "bees"), readership.topic_ids, strict=True))
            wanted = {topics[name]: level for name, level in levels.items()}
            set_stated(session, readership.subscriber_id, wanted)
            found = session.execute(
                select(Interest.topic_id, Interest.stated, Interest.weight).order_by(
                    Interest.topic_id
                )
            )
            return [tuple(row)[1:] for row in found]

    return state


def test_a_level_is_the_weight_while_nothing_was_learned(state):
    assert state(ai=2.0, bees=0.5) == [(2.0, 2.0), (0.5, 0.5)]


def test_never_weighs_nothing_and_is_kept_as_said(state):
    assert state(ai=0.0) == [(0.0, 0.0)]


def test_no_word_any_more_leaves_what_was_learned(state, database, readership):
    with database.transaction() as session:
        interest = session.get_one(
            Interest, (readership.subscriber_id, readership.topic_ids[FOLLOWED])
        )
        interest.learned, interest.weight = 0.5, 1.5
    assert state(ai=None) == [(None, 0.5)]


@pytest.mark.parametrize("level", [-0.1, 2.1, float("nan"), float("inf")])
def test_a_level_outside_the_scale_is_refused_and_nothing_is_written(state, level):
    with pytest.raises(InputError):
        state(ai=1.5, bees=level)
    assert state() == [(1.0, 1.0)]


def test_a_topic_there_is_not_is_refused(database, readership):
    with database.transaction() as session, pytest.raises(NotFoundError):
        set_stated(session, readership.subscriber_id, {10_000: 1.0})


def test_a_podcast_is_followed_then_muted_then_neither(database, clock, readership):
    for stance in (Stance.FOLLOW, Stance.MUTE, Stance.MUTE, None, None):
        with database.transaction() as session:
            set_podcast_stance(session, readership.subscriber_id, 1, stance, now=clock.now())
            held = session.scalars(select(PodcastStance.stance)).all()
        assert held == ([stance] if stance else [])


def test_a_speaker_is_known_however_the_name_is_typed(database, clock, readership):
    with database.transaction() as session:
        person, now = readership.subscriber_id, clock.now()
        set_speaker_stance(session, person, "  Ines\u00a0 MARLOW", Stance.FOLLOW, now=now)
        set_speaker_stance(session, person, "ines marlow", Stance.MUTE, now=now)
        kept = session.execute(select(SpeakerStance.speaker_key, SpeakerStance.stance)).all()
        assert kept == [("ines marlow", "mute")]
        set_speaker_stance(session, person, "Ines Marlow", None, now=now)
        assert session.scalars(select(SpeakerStance.speaker_key)).all() == []


def test_what_is_not_there_has_no_stance(database, clock, readership):
    with database.transaction() as session:
        with pytest.raises(NotFoundError):
            set_podcast_stance(session, readership.subscriber_id, 99, Stance.MUTE, now=clock.now())
        with pytest.raises(InputError):
            set_speaker_stance(
                session, readership.subscriber_id, " \u3000", Stance.MUTE, now=clock.now()
            )
