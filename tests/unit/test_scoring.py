"""Scores compare readers on one scale, and nobody reaches the top by naming many topics."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.selection.scoring import (
    QUALITY_WEIGHT,
    RECENCY_HALF_LIFE_HOURS,
    RECENCY_WEIGHT,
    WINDOWS,
    Scores,
    affinity,
    recency_of,
    standing,
)


def table(*rows: list[float]) -> Scores:
    return np.array(rows, dtype=np.float32)


@st.composite
def interests_and_topics(draw: st.DrawFn) -> tuple[Scores, Scores]:
    readers, insights, topics = draw(st.tuples(*[st.integers(1, 8)] * 3))
    chance = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    weights = chance.choice([0, 0, 1, 0.4, -0.5, 2.5], (readers, topics)).astype(np.float32)
    about = chance.choice([0, 0, 1], (insights, topics)).astype(np.float32)
    return weights, about


@settings(deadline=None)
@given(interests_and_topics())
def test_the_matrices_say_what_a_loop_over_readers_would(case):
    weights, about = case
    found = affinity(weights, about)
    for reader, wanted in enumerate(weights.tolist()):
        raw = [
            sum(w for w, is_about in zip(wanted, topics, strict=True) if is_about)
            / max(1, sum(topics)) ** 0.5
            for topics in about.tolist()
        ]
        mean, spread = float(np.mean(raw)), float(np.std(raw))
        expected = [(value - mean) / spread if spread > 1e-6 else 0.0 for value in raw]
        assert found[reader] == pytest.approx(expected, abs=1e-3)


@settings(deadline=None)
@given(interests_and_topics())
def test_every_score_is_a_number(case):
    weights, about = case
    assert np.isfinite(affinity(weights, about)).all()


def test_a_readers_scores_do_not_depend_on_who_else_is_on_the_page():
    chance = np.random.default_rng(5)
    weights = chance.random((40, 9)).astype(np.float32)
    about = chance.choice([0, 1], (70, 9)).astype(np.float32)
    together = affinity(weights, about)
    for reader in range(40):
        assert affinity(weights[reader : reader + 1], about)[0] == pytest.approx(
            together[reader], abs=1e-4
        )


def test_who_follows_fifteen_topics_and_who_follows_one_are_on_one_scale():
    about = np.eye(20, dtype=np.float32)
    found = affinity(table([1.0] * 15 + [0.0] * 5, [1.0] + [0.0] * 19), about)
    assert found.mean(axis=1) == pytest.approx([0, 0], abs=1e-5)
    assert found.std(axis=1) == pytest.approx([1, 1], abs=1e-5)


def test_who_follows_nothing_is_left_to_quality_and_freshness():
    assert not affinity(table([0.0, 0.0]), table([1, 0], [0, 1], [1, 1])).any()


def test_who_follows_everything_alike_is_too():
    assert not affinity(table([1.0, 1.0]), table([1, 0], [0, 1])).any()


def test_an_insight_that_names_many_topics_does_not_beat_one_that_is_about_the_wanted():
    about = table([1, 0, 0, 0], [1, 1, 1, 1], [0, 0, 0, 1])
    only, everything, other = affinity(table([1, 0, 0, 0]), about)[0]
    assert only > everything > other


def test_an_insight_without_a_topic_is_worth_no_more_than_one_on_another():
    none, other, wanted = affinity(table([1, 0]), table([0, 0], [0, 1], [1, 0]))[0]
    assert none == other < wanted


def test_freshness_is_one_now_and_halves_in_36_hours():
    ages = np.array([0, 36, 72, 360], dtype=np.float32)
    assert recency_of(ages) == pytest.approx([1, 0.5, 0.25, 2**-10])
    assert RECENCY_HALF_LIFE_HOURS == 36


def test_standing_adds_quality_and_freshness_by_their_weights():
    quality, ages = table([0.0, 1.0, 0.5])[0], table([0.0, 0.0, 36.0])[0]
    assert standing(quality, ages) == pytest.approx([0.6, 1.1, 0.55])
    assert (QUALITY_WEIGHT, RECENCY_WEIGHT) == (0.5, 0.6)


def test_we_look_back_step_by_step_each_further_than_the_last():
    assert list(WINDOWS) == sorted(set(WINDOWS))
    assert [window.days for window in WINDOWS] == [3, 7, 30]
