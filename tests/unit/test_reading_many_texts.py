"""What is read and compared many at a time comes out as if it were taken one by one."""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.insights.understanding.background import number_of
from service.insights.understanding.letter_runs import runs_of_words
from service.insights.understanding.load_model import model_of_words
from service.insights.understanding.retelling import judge, shared_stems, worth_judging
from service.insights.understanding.shared_stems import shared_stems_of
from service.insights.understanding.shared_terms import (
    MOST_CANDIDATES,
    NEWEST_OF_A_TERM,
    candidates_of,
)
from service.insights.understanding.static_model import StaticModel
from service.insights.understanding.telling import Reader, Telling, index_terms
from service.insights.understanding.word_pieces import WordPieces
from service.insights.understanding.words import grams_of_word

PAIRS = Path(__file__).parents[1] / "data" / "story_pairs.txt"
WORDS = st.lists(st.text(st.sampled_from("abcxyz19жя漢ß"), min_size=1, max_size=9), max_size=8)
TERMS = st.lists(st.integers(1, 12), max_size=5, unique=True)
NOBODY = np.zeros(0, dtype=np.int64)


@pytest.fixture(scope="module")
def tellings() -> list[Telling]:
    texts = [
        line.partition(":")[2] if ":" in line else line
        for line in PAIRS.read_text("utf-8").splitlines()
        if len(line) > 60
    ]
    return Reader(model_of_words()).read(texts[:60])


@pytest.fixture(scope="module")
def pieces() -> WordPieces:
    return StaticModel()._pieces


@settings(max_examples=300)
@given(text=st.text(st.sampled_from("ab c,.\n\t é漢🎉<s>/▁ -'’Ñ0%"), max_size=60))
def test_a_text_is_cut_as_its_words_are(pieces: WordPieces, text: str):
    whole = pieces._tokenizer.encode(text, add_special_tokens=False).ids
    assert pieces.of([text]) == [whole]


def test_a_word_is_cut_once():
    asked = []

    class Letters:
        """A tokenizer whose pieces are letters."""

        def encode(self, text: str, /, *, add_special_tokens: bool) -> "Cut":
            asked.append(text)
            return Cut("\u2581" + text.replace(" ", "\u2581"))

    class Cut:
        def __init__(self, text: str) -> None:
            self.tokens = list(text)
            self.ids = [ord(letter) for letter in text]

    pieces = WordPieces(Letters())
    first = pieces.of(["bees hum", "bees"])
    assert pieces.of(["hum bees"]) == [first[0][5:] + first[1]]
    assert asked == ["bees hum"]


@given(WORDS)
def test_runs_of_letters_are_numbered_as_one_by_one(words: list[str]):
    numbers, counts = runs_of_words(words)
    assert numbers.tolist() == [number_of(run) for word in words for run in grams_of_word(word)]
    assert counts.tolist() == [len(grams_of_word(word)) for word in words]


@given(
    st.lists(TERMS, max_size=30), st.dictionaries(st.integers(1, 12), st.sets(st.integers(1, 99)))
)
def test_candidates_are_those_that_share_most_among_the_newest(
    entering: list[list[int]], stored: dict[int, set[int]]
):
    sketches = {
        100 + place: [(term, 10.0 - term) for term in found] for place, found in enumerate(entering)
    }
    newest = {term: np.array(sorted(ids, reverse=True)) for term, ids in stored.items() if ids}
    found = candidates_of(sketches, newest)
    holders = {term: sorted(ids) for term, ids in stored.items()}
    for insight_id, terms in sketches.items():
        score: Counter[int] = Counter()
        shared: Counter[int] = Counter()
        for term, weight in terms:
            known = holders.get(term, [])[-NEWEST_OF_A_TERM:]
            for other in known:
                score[other] += weight  # type: ignore[assignment]
                shared[other] += 2 if len(known) <= 8 else 1
        ranked = sorted(
            (one for one in score if shared[one] >= 2), key=lambda one: (-score[one], -one)
        )
        assert found[insight_id] == ranked[:MOST_CANDIDATES]
        for term, _ in terms:
            holders.setdefault(term, []).append(insight_id)


def test_stems_in_common_are_the_same_of_many_pairs(tellings: list[Telling]):
    ones, others = np.divmod(np.arange(len(tellings) ** 2), len(tellings))
    found = shared_stems_of(tellings, ones, others)
    expected = [
        shared_stems(tellings[one], tellings[other])
        for one, other in zip(ones.tolist(), others.tolist(), strict=True)
    ]
    assert found == pytest.approx(expected)
    assert shared_stems_of(tellings, NOBODY, NOBODY).tolist() == []


def test_no_pair_that_is_one_story_is_passed_over(tellings: list[Telling]):
    reader = Reader(model_of_words())
    pairs = [(one, other) for one in tellings for other in tellings if one is not other]
    worth = worth_judging(
        np.array([one.vector @ other.vector for one, other in pairs], dtype=np.float64),
        np.array([shared_stems(one, other) for one, other in pairs]),
        (
            np.array([one.figures for one, _ in pairs]),
            np.array([other.figures for _, other in pairs]),
        ),
        reader,
    )
    same = np.array([judge(one, other, reader).same for one, other in pairs])
    assert same.sum() > 10
    assert not (same & ~worth).any()
    assert worth.mean() < 0.5


def test_a_telling_is_found_by_the_terms_of_its_text(tellings: list[Telling]):
    assert [one.terms for one in tellings] == [index_terms(one.text) for one in tellings]
