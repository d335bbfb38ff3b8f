"""The words of a text that say what it is about, and their stems. Pure.

English endings and stop words; in other languages nearly every word is kept as it stands, which
costs some recall and joins nothing that does not belong together.
"""

from functools import lru_cache

from service.insights.understanding.background import background, number_of
from service.insights.understanding.numbers import spells_a_number
from service.insights.understanding.words import words_of

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
_KNOWN_WORDS, _KNOWN_TEXTS = 65_536, 4_096


def content_words(text: str) -> list[str]:
    """Return the words that carry what `text` is about, each once, in their order."""
    return list(_content_words(text))


@lru_cache(maxsize=_KNOWN_TEXTS)
def _content_words(text: str) -> tuple[str, ...]:
    return tuple(word for word in dict.fromkeys(words_of(text)) if _carries(word))


@lru_cache(maxsize=_KNOWN_WORDS)
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


@lru_cache(maxsize=_KNOWN_WORDS)
def rarity(word: str) -> float:
    """Return how much a word tells, by the fixed background: about 1 for `the`, 9 for `kestrel`."""
    return background().words.of_one(number_of(word))
