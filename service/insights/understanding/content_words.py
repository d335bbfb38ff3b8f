"""The words of a text that say what it is about, and their stems. Pure.

English endings and stop words; in other languages nearly every word is kept as it stands, which
costs some recall and joins nothing that does not belong together.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from service.insights.understanding.background import background, number_of
from service.insights.understanding.numbers import spells_a_number

_STOP_WORDS = """
a about across after again against all also although an and any are as at away back be because
been before being below besides between both but by call called calls can cannot could did do does
doing done down during each either else even ever every few for from get gets got had has have
having he her here hers him his how however i if in into is it its itself just keep least less let
like likely made make makes many may me might mine more most much must my near nearly neither
never no nobody none nor not nothing now of off often on once one ones only or other others our
out over own per percent cent quite rather really same say saying says said shall she should since
so some somebody someone something soon still such take takes than that the their them themselves
then there these they thing things this those though through thus to together too toward towards
under until up upon us use used uses using very via was we well were what when where whether which
while who whole whom whose why will with within without would yes yet you your tell told tells
call according
"""
_STOP = frozenset(_STOP_WORDS.split())
_ENDINGS = ("ingly", "edly", "ings", "ing", "ied", "ies", "ed", "es", "ers", "er", "ly", "s", "e")
_SHORTEST_STEM = 4
_RARE = 4.5  # of `rarity`: what a text in thirty holds tells nothing
ALL_RARE_ALIKE = 8.6  # beyond it the background does not know: the word's number decides
_KNOWN_WORDS = 65_536


class ContentWord(NamedTuple):
    """A word that carries what a text is about."""

    word: str
    stem: str
    rarity: float
    number: int  # of the stem
    rank: (
        tuple[float, int] | None
    )  # how telling a term it is, the most telling least; None: too common


class _Known(dict[str, ContentWord | None]):
    """Fills itself: each word is looked at once; None: it carries nothing."""

    def __missing__(self, word: str) -> ContentWord | None:
        if len(self) >= _KNOWN_WORDS:
            self.clear()
        found = None
        if _carries(word):
            without_ending = stem(word)
            weight, number = rarity(word), number_of(without_ending)
            rank = (-min(weight, ALL_RARE_ALIKE), number) if weight >= _RARE else None
            found = ContentWord(word, without_ending, weight, number, rank)
        self[word] = found
        return found


_KNOWN = _Known()


def content_among(words: Sequence[str]) -> list[ContentWord]:
    """Return those of `words` that carry what a text is about, each once, in their order."""
    return [found for word in dict.fromkeys(words) if (found := _KNOWN[word]) is not None]


def _carries(word: str) -> bool:
    return not (word in _STOP or word[0].isdigit() or spells_a_number(word) or _is_letter(word))


def _is_letter(word: str) -> bool:
    return len(word) == 1 and word.isascii()


@lru_cache(maxsize=_KNOWN_WORDS)
def stem(word: str) -> str:
    """Return `word` without its ending: `merging` and `merged` are `merg`."""
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST_STEM:
            word = word[: -len(ending)]
            break
    if len(word) > _SHORTEST_STEM and word[-1] == word[-2]:
        return word[:-1]
    return word


def rarity(word: str) -> float:
    """Return how much a word tells, by the fixed background: about 1 for `the`, 9 for `kestrel`."""
    return background().words.of_one(number_of(word))
