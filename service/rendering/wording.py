"""The sentences a brief says of itself: the date, the day in a line, the farewell."""

import datetime as dt
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from service.languages import ENGLISH, Language, language, msgid

IN_ENGLISH = language(ENGLISH)
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
_TOPICS_KEPT = 4096  # nearly every brief says what its topics are called
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
_KEEPS_CAPITALS = frozenset({"de", "lb"})  # their nouns have them in mid-sentence too


class Until(NamedTuple):
    """When the next brief comes: a sentence of the catalogues, and the weekday it names."""

    sentence: str
    weekday: int = 0


NOTES = {  # by FooterNote of service.audience.fatigue_models
    "offer_weekly": msgid("Too much at the moment? One brief a week is a choice, too."),
    "now_weekly": msgid("These went unread for some weeks, so now the best of the week comes."),
    "still_welcome": msgid("We have not heard from you for a while. Are briefs still welcome?"),
}
TOMORROW = Until(msgid("Until tomorrow at {hour}."))


def date_in_words(date: dt.date, lang: Language = IN_ENGLISH) -> str:
    """Return a date as a reader says it: Sunday 22 November."""
    return lang.day(date)


def day_in_a_line(topics: Sequence[str], count: int, lang: Language = IN_ENGLISH) -> str:
    """Return one sentence on `count` picks, from the topic of each that has one."""
    if not topics:
        line = lang.ngettext("One finding for today.", "{number} for today.", count)
        return _capital(line.format(number=word(count, lang)))
    often: dict[str, int] = {}
    for topic in topics:
        said = within_a_sentence(topic, lang)
        often[said] = often.get(said, 0) + 1
    *others, last = often
    things = _things_about(last, often[last], lang)
    if not others:
        return _capital(f"{things}.")
    line = lang.gettext("{topics}, and {things}.")
    return _capital(line.format(topics=", ".join(others), things=things))


@lru_cache(maxsize=_TOPICS_KEPT)
def _things_about(topic: str, number: int, lang: Language) -> str:
    about = lang.ngettext("one thing about {topic}", "{number} things about {topic}", number)
    return about.format(number=word(number, lang), topic=topic)


def farewell(count: int, hour: int, until: Until = TOMORROW, lang: Language = IN_ENGLISH) -> str:
    """Return the last line: how many there were, and when the next brief comes."""
    end = lang.ngettext("Just the one today.", "That\u2019s {number}.", count)
    then = lang.gettext(until.sentence).format(
        hour=hour_in_words(hour, lang), weekday=lang.weekday(until.weekday)
    )
    return f"{end.format(number=word(count, lang))} {then}"


@lru_cache(maxsize=256)
def next_brief(frequency: str, today: dt.date) -> Until:
    """Return when somebody gets their next brief, seen from `today`."""
    name, _, chosen = frequency.partition(":")  # as editions.due.frequency_with_days wrote it
    days = int(chosen) if chosen else _DAYS_OF.get(name, _EVERY_DAY)
    for ahead in range(1, 8):
        day = today + dt.timedelta(days=ahead)
        if days >> day.weekday() & 1:
            break
    else:
        return TOMORROW  # no day chosen is every day
    if ahead == 1:
        return TOMORROW
    if ahead == 7:  # noqa: PLR2004 - today's own name again
        return Until(msgid("Until next {weekday} at {hour}."), day.weekday())
    return Until(msgid("Until {weekday} at {hour}."), day.weekday())


def hour_in_words(hour: int, lang: Language = IN_ENGLISH) -> str:
    """Return a local hour as a person says it."""
    if lang.code != ENGLISH:
        return lang.hour(hour)
    if hour in _NAMED_HOURS:
        return _NAMED_HOURS[hour]
    part = next(part for until, part in _PARTS_OF_THE_DAY if hour < until)
    return f"{hour % 12}{part}"


def moment_in_words(timecode: int | None, lang: Language = IN_ENGLISH) -> str:
    """Return a time mark: at 23:41, or at 1:02:03."""
    if timecode is None or timecode < 0:
        return ""
    minutes, seconds = divmod(timecode, 60)
    hours, minutes = divmod(minutes, 60)
    time = f"{hours}:{minutes:02d}:{seconds:02d}" if hours else f"{minutes}:{seconds:02d}"
    return lang.gettext("at {time}").format(time=time)


def span_in_words(span: dt.timedelta, lang: Language = IN_ENGLISH) -> str:
    """Return how long something lasts, in its largest whole unit: 15 minutes, 2 days."""
    minutes = max(1, int(span.total_seconds()) // 60)
    hours, days = minutes // 60, minutes // (24 * 60)
    if _is_told_in(minutes, 24 * 60):
        said = lang.ngettext("one day", "{count} days", days).format(count=days)
    elif _is_told_in(minutes, 60):
        said = lang.ngettext("one hour", "{count} hours", hours).format(count=hours)
    else:
        said = lang.ngettext("one minute", "{count} minutes", minutes).format(count=minutes)
    return said


def direction(language: str) -> str:
    """Return which way a language is written, as HTML's `dir` wants it."""
    return "rtl" if language.lower().split("-")[0] in _RIGHT_TO_LEFT else "ltr"


def word(number: int, lang: Language = IN_ENGLISH) -> str:
    """Return a small number as a word, a larger one in figures."""
    words = (
        lang.pgettext("number", "no"),
        lang.pgettext("number", "one"),
        lang.pgettext("number", "two"),
        lang.pgettext("number", "three"),
        lang.pgettext("number", "four"),
        lang.pgettext("number", "five"),
        lang.pgettext("number", "six"),
        lang.pgettext("number", "seven"),
        lang.pgettext("number", "eight"),
        lang.pgettext("number", "nine"),
    )
    return words[number] if 0 <= number < len(words) else lang.number(number)


@lru_cache(maxsize=_TOPICS_KEPT)
def within_a_sentence(topic: str, lang: Language = IN_ENGLISH) -> str:
    """Return a topic as it stands in mid-sentence: Open models as open models.

    Lists name topics in sentence case. What is written with other capitals (AI infrastructure,
    Silicon Valley) or is a known name keeps them, and so does all of German.
    """
    if lang.code.partition("-")[0] in _KEEPS_CAPITALS:
        return topic
    first, *others = topic.split(" ")
    plain = first[1:].islower() and not any(other[:1].isupper() for other in others)
    return first.lower() + topic[len(first) :] if plain and first not in _NAMES else topic


def _is_told_in(minutes: int, size: int) -> bool:
    return minutes % size == 0 or minutes > 2 * size


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
