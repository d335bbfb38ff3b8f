"""Sentences that many briefs share, encoded when first said and remembered."""

from collections.abc import Callable, Hashable, Mapping
from functools import lru_cache
from html import escape

from service.languages import Language
from service.rendering.clip import TOPIC, clipped
from service.rendering.plain_text import wrap
from service.rendering.quoted_printable import encode_piece
from service.rendering.why import why_line
from service.rendering.wording import IN_ENGLISH, Until, day_in_a_line, farewell

Phrase = tuple[bytes, bytes]
"""A sentence as a piece of the HTML, and as a piece of the plain text."""

_MOST_REMEMBERED = 5_000


class Phrases:
    """What is said in briefs of one template and language, ready for their gaps."""

    def __init__(self, indents: Mapping[str, int], lang: Language = IN_ENGLISH) -> None:
        self._indents = indents
        self._lang = lang
        self._said: dict[Hashable, Phrase] = {}
        # why a pick was chosen, by its reason and what that names
        self.whys: Mapping[tuple[str, str], Phrase] = _Whys(self._why)

    def _why(self, code: str, argument: str) -> Phrase:
        return self._encoded("why", why_line(code, argument, self._lang))

    def day(self, topics: tuple[str, ...], count: int) -> Phrase:
        """Return the line that sums up the day."""
        key = (topics, count)
        return self._said.get(key) or self._say(
            key,
            "summary",
            lambda: day_in_a_line([_clipped(topic) for topic in topics], count, self._lang),
        )

    def farewell(self, count: int, hour: int, until: Until) -> Phrase:
        """Return the last line."""
        key = (count, hour, until)
        return self._said.get(key) or self._say(
            key, "closing", lambda: farewell(count, hour, until, self._lang)
        )

    def _say(self, key: Hashable, slot: str, sentence: Callable[[], str]) -> Phrase:
        if len(self._said) >= _MOST_REMEMBERED:
            self._said.clear()
        phrase = self._said[key] = self._encoded(slot, sentence())
        return phrase

    def _encoded(self, slot: str, words: str) -> Phrase:
        indent = self._indents.get(slot, 0)
        lines = wrap(words, indent=indent)[indent:]
        text, safe = encode_piece(lines), escape(words)
        # most are the same in both: to HTML a line break is a blank
        html = text if safe == words and not indent else encode_piece(safe)
        return html, text


class _Whys(dict[tuple[str, str], Phrase]):
    """Said when first asked for; a look-up costs a third of a call."""

    def __init__(self, say: Callable[[str, str], Phrase]) -> None:
        self._say = say

    def __missing__(self, key: tuple[str, str]) -> Phrase:
        if len(self) >= _MOST_REMEMBERED:
            self.clear()
        phrase = self[key] = self._say(*key)
        return phrase


@lru_cache(maxsize=4096)
def _clipped(topic: str) -> str:
    return clipped(topic, TOPIC)
