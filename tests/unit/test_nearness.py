"""How near texts are, as related insights and search rank them."""

import numpy as np

from service.insights.nearness import nearness_of, rarest_words, shared_words
from service.insights.understanding.lexical_model import LexicalModel

MODEL = LexicalModel()
TIDES = "Tidal turbines in the strait paid for themselves in six years, not the twelve planned."
TIDES_AGAIN = (
    "The strait's tidal turbines earned back their cost after six years instead of twelve."
)
BEES = "Bees that sleep badly dance badly, and their sisters then miss the flowers."


def nearness(text: str, others: list[str]) -> list[float]:
    scores = nearness_of(text, MODEL.vectors([text])[0], others, MODEL.vectors(others))
    return [float(score) for score in scores]


def test_a_retelling_is_nearer_than_another_matter():
    retold, other = nearness(TIDES, [TIDES_AGAIN, BEES])
    assert retold > 2 * other


def test_a_text_is_as_near_to_itself_as_can_be():
    (itself,) = nearness(TIDES, [TIDES])
    assert abs(itself - 1) < 0.01


def test_all_lies_between_nothing_and_one():
    others = [TIDES, BEES, "", "....", "x" * 10_000, "東京の潮力発電"]
    scores = nearness(TIDES, others)
    assert all(0 <= score <= 1.001 for score in scores)
    assert nearness("", others) == [0.0] * len(others)


def test_what_is_not_read_closely_never_passes_what_is():
    many = [f"{TIDES_AGAIN} {number}" for number in range(70)] + [BEES] * 200
    scores = np.array(nearness(TIDES, many))
    assert scores[:60].min() > scores[70:].max()


def test_words_everybody_uses_are_not_asked_for():
    assert {"the", "in", "for"}.isdisjoint(rarest_words(TIDES, most=6))
    assert rarest_words("", most=6) == []


def test_shared_words_count_as_a_share_of_a_texts_own():
    found = shared_words("tidal turbines", ["tidal turbines", "turbines", "bees"]).tolist()
    assert found[0] == 1
    assert 0 < found[1] < 1
    assert found[2] == 0
