"""Read a text as words and as runs of letters, folded so that spelling habits do not count. Pure.

Words are told apart by blanks and points; scripts that write without blanks are read letter by
letter. Long texts are read up to a limit.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache

from service.insights.understanding.text_model import LONGEST_READ

_WORD = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)?")
_UNSPACED = re.compile(
    "([\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff])"
)
SHORTEST_GRAM, LONGEST_GRAM = 3, 5
_LONGEST_WORD = 40
_LONGEST_CHUNK = 60  # letters between two blanks: longer ones are not worth remembering
_KNOWN_WORDS, _KNOWN_TEXTS = 65_536, 4_096


class _Unaccented(dict[int, str]):
    """Fills itself: each character is looked up in Unicode's tables once a process."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        kept = "" if unicodedata.combining(character) else character
        self[code] = "'" if character == "\u2019" else kept
        return self[code]


_UNACCENTED = _Unaccented()


@lru_cache(maxsize=_KNOWN_TEXTS)
def folded(text: str) -> str:
    """Return `text` in lower case without accents, as far as it is read."""
    text = unicodedata.normalize("NFKD", text[:LONGEST_READ].casefold())
    if text.isascii():
        return text
    return _UNSPACED.sub(r" \1 ", text.translate(_UNACCENTED))


def words_of(text: str) -> list[str]:
    """Return the words of `text` in their order, folded; a possessive s is left away."""
    return list(_words(text))


@lru_cache(maxsize=_KNOWN_TEXTS)
def _words(text: str) -> tuple[str, ...]:
    """Read a text once, whoever asks: by words, by stems and for what it shares with others."""
    return _CHUNKS.read(folded(text))


class Chunks(dict[str, tuple[str, ...]]):
    """Reads texts by what stands between their blanks, most of which was met before."""

    def __init__(self, found_in: Callable[[str], Iterable[str]]) -> None:
        super().__init__()
        self._found_in = found_in

    def read(self, text: str) -> tuple[str, ...]:
        return tuple([part for chunk in text.split() for part in self[chunk]])

    def __missing__(self, chunk: str) -> tuple[str, ...]:
        found = tuple(self._found_in(chunk))
        if len(chunk) <= _LONGEST_CHUNK:
            if len(self) >= _KNOWN_WORDS:
                self.clear()
            self[chunk] = found
        return found


@lru_cache(maxsize=_KNOWN_WORDS)
def _bare(word: str) -> str:
    return word[:_LONGEST_WORD].removesuffix("'s").replace("'", "")


@lru_cache(maxsize=_KNOWN_WORDS)
def grams_of_word(word: str) -> tuple[str, ...]:
    """Return the runs of 3 to 5 letters of a word, its edges marked by blanks."""
    return tuple(_runs(f" {word} "))


def _runs(edged: str) -> Iterator[str]:
    for length in range(SHORTEST_GRAM, LONGEST_GRAM + 1):
        for start in range(len(edged) - length + 1):
            yield edged[start : start + length]


_CHUNKS = Chunks(lambda chunk: map(_bare, _WORD.findall(chunk)))
