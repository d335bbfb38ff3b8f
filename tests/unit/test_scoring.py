"""Scores follow the formula, count exactly, and put readers of every kind on one scale."""

import numpy as np
import pytest

from service.selection.page import Page
from service.selection.rules import Rules
from service.selection.scoring import (
    UNIT,
    Doubles,
    lift_of,
    parts_of,
    popularity,
    scores_of,
    taste_in_steps,
    weigh,
)
from service.selection.tick import Tick
from tests.factories.choosing import made_page, made_tick


def made(seed: int, people: int = 40) -> tuple[Tick, Page]:
    tick = made_tick(seed, 300, size=64)
    page = made_page(np.random.default_rng(seed), tick, people, tick.draw(seed, [72]))
    tick.ground.columns[-1] = page.outlooks[0].standing
    return tick, page


def by_the_formula(tick: Tick, page: Page, row: int) -> Doubles:
    """Return one reader's scores as docs/choosing.md has them, in plain double precision."""
    candidates, rules, wants = tick.candidates, tick.rules, page.wants
    scores: Doubles = page.outlooks[0].standing.astype(np.float64) / UNIT
    topics = candidates.topics / np.sqrt(np.maximum(candidates.topics.sum(axis=1), 1))[:, None]
    liked = topics @ (wants.topics[row] / wants.unit[row])  # already spread and trusted
    place = np.flatnonzero(wants.taste_rows == row)
    if not place.size:
        scores += liked
        return scores
    steps = wants.taste[place[0]].astype(np.float64)
    near = candidates.vectors @ (steps / np.linalg.norm(steps))
    n = float(wants.taste_scale[place[0]] * np.linalg.norm(steps) / wants.unit[row] * near.std())
    assert 0 < n < rules.taste
    scores += liked + n * near / near.std()
    return scores


@pytest.mark.parametrize("seed", range(3))
def test_whole_numbers_lose_next_to_nothing_of_the_formula(seed: int):
    tick, page = made(seed)
    for row in range(40):
        one = np.array([row])
        whole = scores_of(tick.ground, page.wants, one, upto=300)[0] / parts_of(page.wants, one)
        assert np.abs(whole - by_the_formula(tick, page, row)).max() < 0.02


@pytest.mark.parametrize("seed", range(3))
def test_every_sum_is_a_whole_number_that_float32_holds(seed: int):
    tick, page = made(seed)
    wants, columns = page.wants, tick.ground.columns.astype(np.float64)
    for row in range(40):
        mine = np.concatenate([np.zeros(64), wants.topics[row], [wants.unit[row]]])
        place = np.flatnonzero(wants.taste_rows == row)
        if place.size:
            mine[:64] = np.rint(wants.taste[place[0]] * wants.taste_scale[place[0]])
        assert (np.abs(mine) @ np.abs(columns)).max() < 2**24
        exact = mine @ columns
        assert np.array_equal(
            scores_of(tick.ground, wants, np.array([row]), upto=300)[0].astype(np.float64), exact
        )


def test_scores_do_not_depend_on_who_is_scored_beside_whom():
    tick, page = made(5, people=200)
    for rows in (page.wants.taste_rows, np.flatnonzero(~page.wants.has_taste)):
        together = scores_of(tick.ground, page.wants, rows, upto=300)
        for place in range(0, len(rows), 13):
            alone = scores_of(tick.ground, page.wants, rows[[place]], upto=300)
            assert np.array_equal(alone[0], together[place])


def test_the_more_somebody_liked_the_more_their_taste_counts_and_the_less_their_topics():
    tick, _ = made(7)
    chance = np.random.default_rng(7)
    taste = taste_in_steps(np.repeat(chance.normal(size=(1, 64)), 3, axis=0).astype(np.float32))
    interests = np.zeros((4, 12))
    interests[:, 3] = 1.0
    wants = weigh(
        tick.ground,
        tick.rules,
        taste=taste,
        taste_rows=np.arange(3),
        likes=np.array([1.0, 3.0, 30.0]),
        interests=interests,
        most_standing=2.0,
    )
    by_taste = wants.taste_scale / wants.unit[:3]
    by_topic = wants.topics[:, 3] / wants.unit
    assert by_taste[0] < by_taste[1] < by_taste[2]
    assert by_topic[3] > by_topic[0] > by_topic[1] > by_topic[2]
    assert by_taste[1] / by_taste[2] == pytest.approx((3 / 6) / (30 / 33), rel=0.01)
    assert by_topic[2] / by_topic[3] == pytest.approx(1 - 0.7 * 30 / 33, rel=0.01)


def test_following_many_topics_or_one_is_on_one_scale():
    tick, _ = made(8)
    interests = np.zeros((2, 12))
    interests[0, 3] = 1.0
    interests[1, :] = 1.0
    wants = weigh(
        tick.ground,
        tick.rules,
        taste=np.zeros((0, 64), dtype=np.int8),
        taste_rows=np.zeros(0, dtype=np.int64),
        likes=np.zeros(0),
        interests=interests,
        most_standing=2.0,
    )
    scores = (
        scores_of(tick.ground, wants, np.arange(2), upto=300)
        / parts_of(wants, np.arange(2))[:, None]
    )
    assert scores.std(axis=1) == pytest.approx([1, 1], rel=0.5)


def test_a_rare_topic_lifts_more_than_one_that_everybody_talks_about():
    lift = lift_of(np.array([[1.0, 1.0, 0.0, -1.0]]), np.array([0.01, 0.5, 0.2, 0.5]), Rules())
    assert lift[0, 0] > lift[0, 1] > lift[0, 2] == 0 > lift[0, 3]


def test_what_few_have_seen_varies_and_what_many_liked_stands_above_what_many_passed_over():
    shown, liked = np.array([0, 5_000, 5_000]), np.array([0, 1_000, 50])
    draws = np.array(
        [
            popularity(
                shown=shown,
                liked=liked,
                disliked=np.zeros(3, dtype=np.int64),
                rules=Rules(),
                chance=np.random.default_rng(seed),
            )[0]
            for seed in range(200)
        ]
    )
    assert draws[:, 0].std() > 5 * draws[:, 1].std()
    assert (draws[:, 1] > draws[:, 2]).all()
    unknown = popularity(
        shown=shown,
        liked=liked,
        disliked=np.zeros(3, dtype=np.int64),
        rules=Rules(),
        chance=np.random.default_rng(1),
    )[1]
    assert unknown[0] == 1 > unknown[2] > unknown[1]


def test_a_vector_nobody_could_read_is_near_to_nobodys_taste():
    vectors = np.random.default_rng(2).normal(size=(50, 64)).astype(np.float32)
    vectors[::2] = 0
    tick = made_tick(2, 50, size=64, vectors=vectors)
    assert np.isfinite(tick.ground.vector_spread).all()
    page = made_page(np.random.default_rng(2), tick, 20, tick.draw(2, [72]))
    assert np.isfinite(tick.pick(page).scores).all()
