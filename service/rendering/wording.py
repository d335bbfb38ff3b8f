"""The sentences a brief says of itself: the date, the day in a line, the farewell."""

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache

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
_NAMES = frozenset(
    {
        "Africa",
        "America",
        "Apple",
        "Asia",
        "Australia",
        "Bitcoin",
        "Brazil",
        "Britain",
        "Canada",
        "China",
        "English",
        "Ethereum",
        "Europe",
        "France",
        "Germany",
        "Google",
        "India",
        "Iran",
        "Ireland",
        "Israel",
        "Italy",
        "Japan",
        "Korea",
        "Linux",
        "Mars",
        "Mexico",
        "Microsoft",
        "Nigeria",
        "Pakistan",
        "Python",
        "Russia",
        "Rust",
        "Spain",
        "Taiwan",
        "Ukraine",
    }
)
_EVERY_DAY = 0b1111111  # Monday is the lowest bit
_DAYS_OF = {"weekdays": 0b0011111, "weekly": 0b0100000}
_NAMED_HOURS = {0: "midnight", 12: "noon"}
_PARTS_OF_THE_DAY = (
    (12, ""),
    (18, " in the afternoon"),
    (22, " in the evening"),
    (24, " at night"),
)
_RIGHT_TO_LEFT = frozenset({"ar", "dv", "fa", "he", "ps", "sd", "ug", "ur", "yi"})


def date_in_words(date: dt.date) -> str:
    """Return a date as a reader says it: Sunday 22 November."""
    return f"{DAYS[date.weekday()]} {date.day} {MONTHS[date.month - 1]}"


def day_in_a_line(topics: Sequence[str], count: int) -> str:
    """Return one sentence on `count` picks, from the topic of each that has one."""
    if not topics:
        return "One finding for today." if count == 1 else f"{_capital(word(count))} for today."
    often = Counter(map(within_a_sentence, topics))
    *others, last = often
    if not others:
        if often[last] == 1:
            return f"One thing about {last}."
        return f"{_capital(word(often[last]))} things about {last}."
    things = "one thing" if often[last] == 1 else f"{word(often[last])} things"
    return f"{_capital(', '.join(others))}, and {things} about {last}."


def farewell(count: int, hour: int, day: str = "tomorrow") -> str:
    """Return the last line: how many there were, and when the next brief comes."""
    end = "Just the one today." if count == 1 else f"That\u2019s {word(count)}."
    return f"{end} Until {day} at {hour_in_words(hour)}."


@lru_cache(maxsize=256)
def next_day_in_words(frequency: str, today: dt.date) -> str:
    """Return on which day somebody gets their next brief, seen from `today`."""
    name, _, chosen = frequency.partition(":")  # as editions.due.frequency_with_days wrote it
    days = int(chosen) if chosen else _DAYS_OF.get(name, _EVERY_DAY)
    for ahead in range(1, 8):
        day = today + dt.timedelta(days=ahead)
        if days >> day.weekday() & 1:
            break
    else:
        return "tomorrow"  # no day chosen is every day
    if ahead == 1:
        return "tomorrow"
    return f"next {day:%A}" if ahead == 7 else f"{day:%A}"  # noqa: PLR2004 - today's own name again


def hour_in_words(hour: int) -> str:
    """Return a local hour as a person says it."""
    if hour in _NAMED_HOURS:
        return _NAMED_HOURS[hour]
    part = next(part for until, part in _PARTS_OF_THE_DAY if hour < until)
    return f"{hour % 12}{part}"


def moment_in_words(timecode: int | None) -> str:
    """Return a time mark: at 23:41, or at 1:02:03."""
    if timecode is None or timecode < 0:
        return ""
    minutes, seconds = divmod(timecode, 60)
    hours, minutes = divmod(minutes, 60)
    return f"at {hours}:{minutes:02d}:{seconds:02d}" if hours else f"at {minutes}:{seconds:02d}"


def span_in_words(span: dt.timedelta) -> str:
    """Return how long something lasts, in its largest whole unit: 15 minutes, 2 days."""
    minutes = max(1, int(span.total_seconds()) // 60)
    for unit, size in (("day", 24 * 60), ("hour", 60), ("minute", 1)):
        if minutes % size == 0 or minutes > 2 * size:
            count = minutes // size
            return f"{word(count) if count == 1 else count} {unit}{'' if count == 1 else 's'}"
    raise AssertionError  # a minute divides everything


def direction(language: str) -> str:
    """Return which way a language is written, as HTML's `dir` wants it."""
    return "rtl" if language.lower().split("-")[0] in _RIGHT_TO_LEFT else "ltr"


def word(number: int) -> str:
    """Return a small number as a word, a larger one in figures."""
    return _NUMBERS[number] if 0 <= number < len(_NUMBERS) else f"{number:,}"


def within_a_sentence(topic: str) -> str:
    """Return a topic as it stands in mid-sentence: Open models as open models.

    Lists name topics in sentence case. What is written with other capitals (AI infrastructure,
    Silicon Valley) or is a known name keeps them.
    """
    first, *others = topic.split(" ")
    plain = first[1:].islower() and not any(other[:1].isupper() for other in others)
    return first.lower() + topic[len(first) :] if plain and first not in _NAMES else topic


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
