"""The sentences a brief says of itself: the date, the day in a line, the farewell."""

import datetime as dt
from collections import Counter
from collections.abc import Sequence

_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_RIGHT_TO_LEFT = frozenset({"ar", "dv", "fa", "he", "ps", "sd", "ug", "ur", "yi"})


def date_in_words(date: dt.date) -> str:
    """Return a date as a reader says it: Sunday 22 November."""
    return f"{DAYS[date.weekday()]} {date.day} {MONTHS[date.month - 1]}"


def day_in_a_line(topics: Sequence[str], count: int) -> str:
    """Return one sentence on `count` picks, from the topic of each that has one."""
    if not topics:
        return "One finding for today." if count == 1 else f"{_capital(word(count))} for today."
    often = Counter(topics)
    *others, last = often
    if not others:
        if often[last] == 1:
            return f"One thing about {last}."
        return f"{_capital(word(often[last]))} findings about {last}."
    things = "one thing" if often[last] == 1 else f"{word(often[last])} things"
    return f"{_capital(', '.join(others))}, and {things} about {last}."


def farewell(count: int, hour: int) -> str:
    """Return the last line: how many there were, and when the next brief comes."""
    end = "Just the one today." if count == 1 else f"That’s {word(count)}."
    return f"{end} Until tomorrow at {hour_in_words(hour)}."


def hour_in_words(hour: int) -> str:
    """Return a local hour as a person says it."""
    if hour in (0, 24):
        return "midnight"
    if hour == 12:
        return "noon"
    if hour < 12:
        return str(hour)
    part = "in the afternoon" if hour < 18 else "in the evening" if hour < 22 else "at night"
    return f"{hour - 12} {part}"


def moment_in_words(timecode: int | None) -> str:
    """Return a time mark: at 23:41, or at 1:02:03."""
    if timecode is None or timecode < 0:
        return ""
    minutes, seconds = divmod(timecode, 60)
    hours, minutes = divmod(minutes, 60)
    return f"at {hours}:{minutes:02d}:{seconds:02d}" if hours else f"at {minutes}:{seconds:02d}"


def direction(language: str) -> str:
    """Return which way a language is written, as HTML's `dir` wants it."""
    return "rtl" if language.lower().split("-")[0] in _RIGHT_TO_LEFT else "ltr"


def word(number: int) -> str:
    """Return a small number as a word, a larger one in figures."""
    return _NUMBERS[number] if number < len(_NUMBERS) else f"{number:,}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
