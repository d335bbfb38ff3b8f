"""The nearest insights, but not all from one show."""

from typing import NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from service.insights.vary import MOST_OF_A_PODCAST, MOST_OF_AN_EPISODE, varied


class Found(NamedTuple):
    story_id: int
    podcast_id: int | None
    episode_id: int | None
    score: float


@st.composite
def findings(draw) -> list[Found]:
    made = draw(
        st.lists(
            st.builds(
                Found,
                story_id=st.integers(1, 30),
                podcast_id=st.none() | st.integers(1, 5),
                episode_id=st.none() | st.integers(1, 9),
                score=st.floats(0.01, 1),
            ),
            max_size=30,
        )
    )
    return sorted(made, key=lambda one: -one.score)


@given(findings(), st.integers(1, 14))
def test_no_story_is_there_twice_and_nothing_is_invented(found, limit):
    taken = varied(found, limit=limit)
    assert len({one.story_id for one in taken}) == len(taken)
    assert set(taken) <= set(found)
    assert len(taken) == min(limit, len({one.story_id for one in found}))


@given(findings())
def test_the_very_nearest_always_comes_first(found):
    assert varied(found, limit=10)[:1] == found[:1]


def test_a_show_gives_way_to_others_that_are_nearly_as_near():
    one_show = [Found(story, 1, story, 0.9 - story / 100) for story in range(1, 10)]
    others = [Found(20 + show, show, None, 0.5) for show in range(2, 9)]
    taken = varied([*one_show, *others], limit=10)
    assert sum(one.podcast_id == 1 for one in taken) == MOST_OF_A_PODCAST


def test_an_episode_is_not_read_out():
    same = [Found(story, 1, 7, 0.9) for story in range(1, 5)]
    others = [Found(20 + show, show, None, 0.1) for show in range(2, 6)]
    taken = varied([*same, *others], limit=5)
    assert sum(one.episode_id == 7 for one in taken) == MOST_OF_AN_EPISODE


def test_a_store_of_one_podcast_still_has_related_insights():
    assert len(varied([Found(story, 1, 1, 0.5) for story in range(1, 9)], limit=8)) == 8
