"""The rule that turns acts into topic weights and a vector of taste."""

import datetime as dt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.audience.taste import (
    HALF_LIFE,
    HALF_LIFE_OF_A_PROFILE,
    Act,
    learned_from,
    opinion,
    profile_of,
    weight_of,
)

NOW = dt.datetime(2026, 11, 22, 7, 0, tzinfo=dt.UTC)
acts = st.lists(st.sampled_from(list(Act)), max_size=40)
levels = st.one_of(st.none(), st.floats(0, 2))
sums = st.floats(-20, 20)
EAST, NORTH = np.eye(2, dtype=np.float32)


def at_once(done: list[Act]) -> list[tuple[Act, dt.datetime]]:
    return [(act, NOW) for act in done]


@pytest.mark.parametrize(
    ("done", "followed", "not_followed"),
    [
        ([], 1.0, 0.0),
        ([Act.UP], 1.25, 0.25),
        ([Act.MORE, Act.SAVE], 1.75, 0.75),
        ([Act.DOWN], 0.75, 0.0),
        ([Act.DOWN] * 9, 0.0, 0.0),
        ([Act.MORE] * 9, 3.0, 2.0),
    ],
)
def test_each_act_adds_its_step_within_the_limits(done, followed, not_followed):
    learned = learned_from(at_once(done), now=NOW)
    assert weight_of(1.0, learned) == followed
    assert weight_of(None, learned) == not_followed


@given(levels, sums)
def test_a_weight_stays_within_its_limits(stated, learned):
    assert 0 <= weight_of(stated, learned) <= 3


@given(sums)
def test_what_was_asked_for_never_weighs_less_than_what_was_inferred(learned):
    assert weight_of(1.0, learned) >= weight_of(None, learned)


@given(sums)
def test_never_is_never(learned):
    assert weight_of(0.0, learned) == 0


@given(acts)
def test_what_was_learned_halves_in_its_half_life_and_changes_no_side(done):
    now = learned_from(at_once(done), now=NOW)
    later = learned_from(at_once(done), now=NOW + HALF_LIFE)
    assert later == pytest.approx(now / 2)


@given(acts, st.randoms())
def test_the_order_of_acts_does_not_matter(done, random):
    other = list(done)
    random.shuffle(other)
    assert learned_from(at_once(other), now=NOW) == learned_from(at_once(done), now=NOW)


def test_a_no_outweighs_what_somebody_clicked_before():
    assert opinion([Act.CLICK, Act.DOWN]) == -1
    assert opinion([Act.CLICK]) == 0.5
    assert opinion([Act.CLICK, Act.UP, Act.SAVE]) == 1
    assert opinion([]) == 0


def test_a_profile_points_to_what_was_liked_and_away_from_what_was_not():
    found = profile_of([1.0, -1.0], np.array([EAST, NORTH]))
    assert found is not None
    vector, likes = found
    assert likes == 1.0
    assert vector[0] > 0.8
    assert vector[1] < -0.4
    assert np.linalg.norm(vector) == pytest.approx(1)


def test_what_was_liked_long_ago_counts_half_after_thirty_insights():
    newest_first = np.array([EAST] + [NORTH] * HALF_LIFE_OF_A_PROFILE)
    found = profile_of([0.0] * HALF_LIFE_OF_A_PROFILE + [1.0], newest_first[::-1])
    assert found is not None
    vector, likes = found
    assert likes == 0.5
    assert vector.tolist() == [1.0, 0.0]


def test_nothing_makes_no_profile():
    assert profile_of([], np.zeros((0, 2), dtype=np.float32)) is None
    assert profile_of([1.0, -1.0], np.zeros((2, 2), dtype=np.float32)) is None
