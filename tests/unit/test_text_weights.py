"""Words and runs of letters weigh by a fixed background, and compare by what they share."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.insights.understanding.text_weights import (
    letter_weights,
    letters_of,
    nearness,
    word_weights,
)
from service.insights.understanding.words import words_of


def test_words_are_folded():
    told = "Zoë\u2019s CAFÉ opens l'ouvert"
    assert words_of(told) == ["zoe", "cafe", "opens", "louvert"]


def test_scripts_without_blanks_are_read_letter_by_letter():
    assert words_of("東京 tower") == ["東", "京", "tower"]


def test_common_words_weigh_less_than_rare_ones():
    names, weights = word_weights("the kestrel")
    assert weights.max() > 2 * weights.min()
    assert len(names) == 2


def test_a_changed_ending_is_nearer_by_letters_than_by_words():
    one, other = "kestrels nested", "kestrel nesting"
    assert nearness(letter_weights(one), letter_weights(other)) > 0.4
    assert nearness(word_weights(one), word_weights(other)) == 0


@given(st.text(max_size=200), st.text(max_size=200))
def test_nearness_is_a_cosine(one: str, other: str):
    ours, theirs = letter_weights(one), letter_weights(other)
    near = nearness(ours, theirs)
    assert -1e-6 <= near <= 1 + 1e-5
    assert near == pytest.approx(nearness(theirs, ours), abs=1e-6)
    assert nearness(ours, ours) == pytest.approx(1 if len(ours.names) else 0, abs=1e-5)


def test_one_with_all_is_each_in_turn():
    texts = ["kestrels nest on towers", "", "towers of brick", "a nest of kestrels"]
    readings = letters_of([words_of(text) for text in texts])
    for place, text in enumerate(texts):
        expected = [nearness(letter_weights(text), letter_weights(other)) for other in texts]
        assert np.allclose(readings.nearness(place, range(len(texts))), expected, atol=1e-6)
