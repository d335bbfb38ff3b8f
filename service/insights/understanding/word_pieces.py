"""Cut texts into the pieces a sentencepiece vocabulary knows, each word once a process. Pure.

No piece reaches over a blank, so a text is cut as its words are, one after the other; and a word
that was met before costs no more than looking it up.
"""

from collections.abc import Sequence
from typing import Protocol

_BLANK = "\u2581"  # stands for a blank in the vocabulary
_CUT_AT_ONCE = 500  # words
_KNOWN_WORDS = 65_536

Pieces = tuple[int, ...]


class Encoding(Protocol):
    """What a tokenizer returns."""

    @property
    def ids(self) -> list[int]: ...

    @property
    def tokens(self) -> list[str]: ...


class Tokenizer(Protocol):
    """What is used of `tokenizers.Tokenizer`."""

    def encode(self, text: str, /, *, add_special_tokens: bool) -> Encoding: ...


class WordPieces:
    """Cuts texts, and remembers the words."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer
        self._known: dict[str, Pieces] = {}

    def of(self, texts: Sequence[str]) -> list[list[int]]:
        """Return the numbers of the pieces of each text, in their order."""
        known = self._known if len(self._known) < _KNOWN_WORDS else {}
        words = [None if _cut_as_a_whole(text) else text.split(" ") for text in texts]
        self._learn({word for found in words if found for word in found}, known)
        self._known = known  # in one step: another thread may be reading the one before
        return [
            self._encoded(text).ids if found is None else [n for word in found for n in known[word]]
            for text, found in zip(texts, words, strict=True)
        ]

    def _learn(self, words: set[str], known: dict[str, Pieces]) -> None:
        unread = sorted(word for word in words if word not in known)
        for start in range(0, len(unread), _CUT_AT_ONCE):
            page = unread[start : start + _CUT_AT_ONCE]
            encoded = self._encoded(" ".join(page))
            cut: list[list[int]] = []
            for number, piece in zip(encoded.ids, encoded.tokens, strict=True):
                if piece.startswith(_BLANK):
                    cut.append([])
                cut[-1].append(number)
            known.update(zip(page, map(tuple, cut), strict=True))

    def _encoded(self, text: str) -> Encoding:
        # one by one: in a batch the tokenizer starts threads, which no forked worker survives
        return self._tokenizer.encode(text, add_special_tokens=False)


def _cut_as_a_whole(text: str) -> bool:
    """Say it of texts in which a blank is no border, or `<s>` might be more than its letters."""
    return (
        not text
        or "  " in text
        or text[0] == " "
        or text[-1] == " "
        or "<" in text
        or _BLANK in text
    )
