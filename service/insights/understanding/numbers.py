"""Read the numbers of a text: digits, words, shares and multiples become values that compare. Pure.

`60 per cent`, `three fifths` and `60%` are the share 60; `half past nine` and `9:30` are a time of
day; `€18k` and `18,000 euros` are 18000. English words; digits in any language.
"""

import re
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from service.insights.understanding.words import Chunks, folded


class Kind(StrEnum):
    """What a number counts; those of two kinds are never compared."""

    SHARE = "share"  # of a hundred
    COUNT = "count"  # of anything
    CLOCK = "clock"  # minutes after midnight


class Number(NamedTuple):
    """One value."""

    kind: Kind
    value: float
    loose: bool = False  # a word such as `third` or `half`, which people use for what is near it

    def agrees(self, other: "Number") -> bool:
        """Return whether both can be the same figure, told with more or less care."""
        loosely = self.loose or other.loose
        apart = abs(self.value - other.value)
        if self.kind is not other.kind:
            # "from 86 per cent to 43": the second of two shares often goes without its sign
            return {self.kind, other.kind} == {Kind.SHARE, Kind.COUNT} and (
                apart < _ROUNDING and self.value > _A_DOZEN
            )
        if self.kind is Kind.SHARE:
            return apart <= (_LOOSELY if loosely else _ROUNDED)
        return apart <= (_ABOUT if loosely else _ROUNDING) * max(self.value, other.value)

    @property
    def weight(self) -> float:
        """How much it tells when two texts have it: a seventeen more than a two or a half."""
        if self.kind is Kind.CLOCK:
            return 1.5
        if self.kind is Kind.SHARE:
            return 0.7 if self.loose else 1.2
        if self.value <= _FEW:
            return 0.3
        if self.value <= _A_DOZEN:
            return 0.8
        return 0.9 if self.value <= _ROUND_UP_TO and self.value % 10 == 0 else 1.3


_TO_NINETEEN = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
    "fifteen sixteen seventeen eighteen nineteen"
)
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_SMALL = {word: value for value, word in enumerate(_TO_NINETEEN.split())} | {
    word: 10 * place for place, word in enumerate(_TENS.split(), start=2)
}
_LARGE = {"hundred": 100, "thousand": 1_000, "million": 10**6, "billion": 10**9, "dozen": 12}
_SUFFIX = {"k": 1_000, "m": 10**6, "bn": 10**9, "b": 10**9}
_PARTS = {"half": 2, "third": 3, "quarter": 4, "fifth": 5, "sixth": 6, "eighth": 8, "tenth": 10}
_PARTS |= {f"{part}s": value for part, value in _PARTS.items()} | {"halves": 2}
_SHARES = {"halved": 50, "halving": 50, "halves": 50, "halve": 50}
_TIMES = {"twice": 2, "double": 2, "doubled": 2, "doubling": 2, "doubles": 2}
_TIMES |= {"triple": 3, "tripled": 3, "tripling": 3, "triples": 3, "thrice": 3}
_SPELT = frozenset().union(_SMALL, _LARGE, _PARTS, _SHARES, _TIMES)
_PERCENT = {"%", "percent"}
_PAST = {"half": 30, "halves": 30, "quarter": 15}
_BEGINNINGS = {"couple", *_PAST}
_KNOWN_WORDS, _KNOWN_TEXTS = 65_536, 4_096
_PADDING = ["", "", "", ""]  # so that looking ahead never runs off the end
_TOKEN = re.compile(r"\d{1,2}:\d\d\b|\d[\d,]*(?:\.\d+)?|%|[a-z]+")
_CHUNKS = Chunks(_TOKEN.findall)
_LOOSELY, _ROUNDED = 5.0, 0.6  # points of a hundred
_ROUNDING, _ABOUT = 0.01, 0.12  # parts of the larger one
_FEW, _A_DOZEN, _ROUND_UP_TO = 3, 12, 100
_IN_ALL = 40  # numbers; a table pasted as text says no more with the rest


def compare_figures(ours: frozenset[Number], theirs: frozenset[Number]) -> tuple[float, float]:
    """Return the weights of figures that agree and that differ, by the one with less of each."""
    if not ours or not theirs:
        return 0, 0
    sides = [
        (number.weight, any(number.agrees(against) for against in others))
        for mine, others in ((ours, theirs), (theirs, ours))
        for number in mine
    ]
    first, second = sides[: len(ours)], sides[len(ours) :]
    agreeing = min(sum(weight for weight, found in side if found) for side in (first, second))
    differing = min(sum(weight for weight, found in side if not found) for side in (first, second))
    return agreeing, differing


def numbers_of(text: str) -> list[Number]:
    """Return the numbers of `text` in their order."""
    return list(_numbers(text))


@lru_cache(maxsize=_KNOWN_TEXTS)
def _numbers(text: str) -> tuple[Number, ...]:
    plain = folded(text).replace("per cent", "percent")
    tokens = [*_CHUNKS.read(plain), *_PADDING]
    found: list[Number] = []
    after = 0
    for place in [place for place, token in enumerate(tokens) if _may_begin_a_number(token)]:
        if place >= after:
            numbers, after = _numbers_at(tokens, place)
            found += numbers
            if len(found) >= _IN_ALL:
                break
    return tuple(found)


@lru_cache(maxsize=_KNOWN_WORDS)
def _may_begin_a_number(token: str) -> bool:
    return token[:1].isdigit() or spells_a_number(token) or token in _BEGINNINGS


def spells_a_number(word: str) -> bool:
    """Return whether `word` is a number, or part of one, spelt out."""
    return word in _SPELT or (word.endswith("fold") and word.removesuffix("fold") in _SMALL)


def _numbers_at(tokens: list[str], place: int) -> tuple[list[Number], int]:
    """Return the numbers that begin at `place`, and where to go on."""
    for read in (_clock_at, _round_at):
        found = read(tokens, place)
        if found is not None:
            number, after = found
            return [number], after
    first = tokens[place]
    word = _word_as_number(first)
    if word is not None:
        return [word], place + 1
    value, after = _value_at(tokens, place)
    if value is None:
        return [], place + 1
    numbers, after = _with_unit(tokens, value, after)
    if first == "one" and numbers == [Number(Kind.COUNT, 1.0)]:
        return [], after  # mostly no figure: "at one firm", "the one who"
    return numbers, after


def _clock_at(tokens: list[str], place: int) -> tuple[Number, int] | None:
    """Return a time of day: `9:30`, `half past nine`."""
    first, following, hour = tokens[place : place + 3]
    if ":" in first:
        hours, minutes = first.split(":")
        return Number(Kind.CLOCK, 60 * int(hours) + int(minutes)), place + 1
    past = _PAST.get(first, _SMALL.get(first))
    if following == "past" and hour in _SMALL and past is not None:
        return Number(Kind.CLOCK, 60 * _SMALL[hour] + past), place + 3
    return None


def _word_as_number(word: str) -> Number | None:
    """Return what one word says: `halved`, `tripled`, `tenfold`, `a quarter`."""
    if word in _SHARES:
        return Number(Kind.SHARE, _SHARES[word], loose=True)
    if word in _PARTS:
        return Number(Kind.SHARE, 100 / _PARTS[word], loose=True)
    times = _TIMES.get(word)
    if times is None and word.endswith("fold"):
        times = _SMALL.get(word.removesuffix("fold"))
    return None if times is None else Number(Kind.COUNT, times, loose=True)


def _round_at(tokens: list[str], place: int) -> tuple[Number, int] | None:
    """Return what `a hundred`, `several thousand` or `a couple of thousand` stand for, about."""
    first, following, scale = tokens[place : place + 3]
    if first == "couple" and following == "of" and scale in _LARGE:
        return Number(Kind.COUNT, 2.0 * _LARGE[scale], loose=True), place + 3
    if first not in ("hundred", "thousand"):
        return None
    value, after = _scaled(tokens, 1.0, place)
    if tokens[after] in _PERCENT:
        return None
    return Number(Kind.COUNT, value, loose=True), after


def _with_unit(tokens: list[str], value: float, after: int) -> tuple[list[Number], int]:
    """Return what the words behind a value make of it."""
    following = tokens[after]
    if following in _PERCENT:
        return [Number(Kind.SHARE, value)], after + 1
    if following not in _PAST and 0 < value < _PARTS.get(following, 0):
        return [Number(Kind.SHARE, 100 * value / _PARTS[following], loose=True)], after + 1
    if following == "out" and tokens[after + 1] == "of":
        after, following = after + 1, "of"
    if following in ("in", "of"):
        if tokens[after + 1 : after + 3] == ["a", "hundred"]:
            return [Number(Kind.SHARE, value)], after + 3
        whole, end = _value_at(tokens, after + 1)
        if whole is None and tokens[after + 1] in ("the", "every"):
            whole, end = _value_at(tokens, after + 2)
        if whole is not None and 0 < value < whole:
            share = Number(Kind.SHARE, 100 * value / whole, loose=whole <= _A_DOZEN)
            return [share, Number(Kind.COUNT, value), Number(Kind.COUNT, whole)], end
    return [Number(Kind.COUNT, value)], after


def _value_at(tokens: list[str], place: int) -> tuple[float | None, int]:
    """Return the value that digits or words at `place` spell, and where they end."""
    token = tokens[place]
    if token[:1].isdigit() and ":" not in token:
        value, after = float(token.replace(",", "")), place + 1
        if tokens[after] in _SUFFIX:
            return value * _SUFFIX[tokens[after]], after + 1
        return _scaled(tokens, value, after)
    if token in _SMALL:
        return _scaled(tokens, *_small_at(tokens, place))
    if token in ("hundred", "thousand", "dozen"):
        return _scaled(tokens, 1.0, place)
    return None, place


def _small_at(tokens: list[str], place: int) -> tuple[float, int]:
    """Return a number below a hundred: `sixty`, `sixty four`."""
    tens, ones = _SMALL[tokens[place]], _SMALL.get(tokens[place + 1], 0)
    if tens >= _SMALL["twenty"] and 0 < ones < _SMALL["ten"]:
        return float(tens + ones), place + 2
    return float(tens), place + 1


def _scaled(tokens: list[str], value: float, after: int) -> tuple[float, int]:
    """Return `value` times the hundreds and thousands behind it, and what is added to them."""
    total = 0.0
    while True:
        if tokens[after] in _LARGE:
            value *= _LARGE[tokens[after]]
            after += 1
        elif value >= _LARGE["hundred"] and tokens[after] == "and" and tokens[after + 1] in _SMALL:
            total += value
            value, after = _small_at(tokens, after + 1)
        else:
            return total + value, after
