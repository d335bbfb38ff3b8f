"""The figures of an evaluation, on cases small enough to reckon by hand."""

from xml.etree import ElementTree as ET

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.evaluation.charts import bars, lines
from service.evaluation.grouping import b_cubed, of_pairs, pairwise
from service.evaluation.metrics import (
    NOTHING,
    Estimate,
    calibration,
    coverage,
    diversity,
    estimate,
    hit,
    ndcg,
    novelty,
    recall,
)

PICKS = np.array([[0, 1, 2], [3, 4, NOTHING]])
groups = st.lists(st.integers(0, 5), min_size=1, max_size=30)


def liked(*rows: tuple[int, ...]) -> np.ndarray:
    relevant = np.zeros((len(rows), 6), dtype=bool)
    for row, places in enumerate(rows):
        relevant[row, list(places)] = True
    return relevant


def test_ndcg_counts_what_stands_higher_for_more():
    found = ndcg(PICKS, liked((0,), (4,)))
    assert found.tolist() == [1.0, pytest.approx(1 / np.log2(3))]
    assert ndcg(PICKS, liked((0, 1, 2, 5), (3, 4)))[0] == 1.0, "no more can be had in three"
    assert ndcg(PICKS, liked((5,), ()))[0] == 0.0


def test_recall_is_of_what_could_be_had_in_so_many_picks():
    assert recall(PICKS, liked((0, 5), (0, 1, 2, 3, 4))).tolist() == [0.5, pytest.approx(2 / 3)]
    assert hit(PICKS, liked((0, 5), (0, 1))).tolist() == [1.0, 0.0]


def test_a_missing_pick_is_no_hit_and_covers_nothing():
    assert ndcg(np.array([[NOTHING] * 3]), liked((0, 5))).tolist() == [0.0]
    assert coverage(PICKS, 6) == 5 / 6


def test_diversity_is_one_for_what_has_nothing_in_common():
    assert diversity(PICKS, np.eye(6, dtype=np.float32)).tolist() == [1.0, 1.0]
    same = np.tile(np.eye(6, dtype=np.float32)[0], (6, 1))
    assert diversity(PICKS, same).tolist() == [0.0, 0.0]


def test_novelty_is_higher_for_what_fewer_like():
    popular = np.array([90.0, 90, 90, 0, 0, 0])
    many, few = novelty(PICKS, popular)
    assert few > many


def test_calibration_is_nought_for_the_readers_own_mix():
    topics = np.eye(6, dtype=np.float32)
    taste = np.array([[1.0, 1, 1, 0, 0, 0], [0, 0, 0, 0, 0, 1]])
    own, other = calibration(PICKS, topics, taste)
    assert own == pytest.approx(0, abs=1e-9)
    assert other > 5


def test_an_interval_holds_its_mean_and_narrows_with_more_readers():
    chance = np.random.default_rng(1)
    few, many = estimate(chance.random(30)), estimate(chance.random(3000))
    assert few.low < few.mean < few.high
    assert many.high - many.low < (few.high - few.low) / 5
    assert np.isnan(estimate(np.array([])).mean)


def test_b_cubed_on_a_case_reckoned_by_hand():
    found = b_cubed(["a", "a", "a", "b"], [1, 1, 2, 2])
    assert found.precision == pytest.approx((2 / 3 + 2 / 3 + 1 / 3 + 1) / 4)
    assert found.recall == pytest.approx((1 + 1 + 1 / 2 + 1 / 2) / 4)


def test_pairs_are_counted_as_pairs():
    assert pairwise(["a", "a", "a"], [1, 1, 2]).precision == pytest.approx(1 / 3)
    assert pairwise(["a", "b", "c"], [1, 1, 2]).recall == 0
    assert of_pairs([True, True, False], [True, False, True]) == (0.5, 0.5, 0.5)


@given(groups)
def test_the_right_grouping_agrees_in_full_whatever_its_names(true):
    renamed = [f"group {number * 7}" for number in true]
    assert b_cubed(renamed, true).f1 == pytest.approx(1)
    assert pairwise(renamed, true).f1 == pytest.approx(1)


@given(groups, st.randoms())
def test_agreement_lies_between_nought_and_one(true, random):
    found = [random.randrange(4) for _ in true]
    for figure in (*b_cubed(found, true), *pairwise(found, true)):
        assert 0 <= figure <= 1 + 1e-12


def test_charts_are_sound_and_escape_what_they_are_told():
    value = Estimate(0.2, 0.1, 0.3)
    drawn = bars("A & B", {"<b>": value, "ours": value}, marked="ours", note='5 < 6 "so"')
    tree = ET.fromstring(drawn)
    assert "<b>" in "".join(tree.itertext())
    several = lines(
        "Two",
        {"one": [0.1, 0.2], "other": [0.0, 0.3]},
        at=["1", "2"],
        along="day",
        bands={"one": [(0.0, 0.2), (0.1, 0.3)]},
    )
    assert len(ET.fromstring(several).findall(".//{*}polyline")) == 2
