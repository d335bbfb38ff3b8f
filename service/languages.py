"""What we say, in whose language: gettext catalogues, one file each, and Babel's dates and numbers.

English stands in the code and templates. `templates/locale/<code>.po` is another language; putting
a file there is all it takes to add one, since catalogues are read as they are, never compiled.
"""

import datetime as dt
import re
from collections.abc import Sequence
from functools import cache, lru_cache
from gettext import NullTranslations
from io import BytesIO

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_datetime, format_time
from babel.lists import format_list
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal
from babel.support import Translations

from service.config import TEMPLATES

ENGLISH = "en"
LONGEST_HEADER = 200  # characters of Accept-Language we look at
CATALOGUES = TEMPLATES / "locale"
_YEAR = re.compile(r"[\s,،]*('[^']*'\s*)?y+[年년]?(\s*'[^']*')?")  # in a date pattern of CLDR


class Language:
    """One language: its words, its dates and its numbers."""

    def __init__(self, code: str, words: NullTranslations) -> None:
        self.code = code
        self.locale = Locale.parse(code, sep="-")
        self.direction = self.locale.text_direction  # ltr or rtl, as HTML's `dir` wants it
        self.gettext = words.gettext
        self.ngettext = words.ngettext
        self.pgettext = words.pgettext
        self.npgettext = words.npgettext
        full = self.locale.date_formats["full"].pattern
        self._day = _YEAR.sub("", full).strip()

    @property
    def name(self) -> str:
        """The language's name for itself: Deutsch."""
        return (self.locale.display_name or self.code).capitalize()

    def day(self, date: dt.date) -> str:
        """Return a date without its year: Sunday 22 November, Sonntag, 22. November."""
        if self.code == ENGLISH:
            return f"{date:%A} {date.day} {date:%B}"  # as a paper prints it, without a comma
        return format_date(date, self._day, locale=self.locale)

    def date(self, date: dt.date) -> str:
        """Return a date with its year: 22 November 2026."""
        if self.code == ENGLISH:
            return f"{date.day} {date:%B} {date.year}"
        return format_date(date, "long", locale=self.locale)

    def weekday(self, number: int) -> str:
        """Return a day of the week, Monday being 0."""
        return str(self.locale.days["stand-alone"]["wide"][number])

    def hour(self, hour: int) -> str:
        """Return a full hour on the clock: 7:00 am, 07:00."""
        return format_time(dt.time(hour), "short", locale=self.locale)

    def moment(self, at: dt.datetime) -> str:
        """Return a date and time; `at` is already in the zone to be shown."""
        return format_datetime(at, "medium", locale=self.locale)

    def listed(self, parts: Sequence[str]) -> str:
        """Return several things as one phrase: a, b and c."""
        return format_list(parts, locale=self.locale)

    def number(self, number: float) -> str:
        """Return a number grouped as the language does: 37,912 or 37.912."""
        return format_decimal(number, locale=self.locale)


def msgid(text: str) -> str:
    """Return `text` as it is: marks words for the catalogues where no language is known yet."""
    return text


@cache
def available() -> tuple[str, ...]:
    """Return the codes of all languages there are, English first."""
    return ENGLISH, *sorted(path.stem for path in CATALOGUES.glob("*.po"))


def language(wanted: str | None) -> Language:
    """Return the language nearest to a code such as `de-AT`; English when there is none."""
    return nearest(wanted or ENGLISH) or _load(ENGLISH)


def nearest(wanted: str) -> Language | None:
    """Return the language nearest to a code such as `de-AT`; None when we speak no such."""
    code = wanted.replace("_", "-").lower()
    while code:
        if code in available():
            return _load(code)
        code = code.rpartition("-")[0]
    return None


@lru_cache(maxsize=256)
def accepted(header: str) -> Language:
    """Return the language a browser asks for first among ours (RFC 9110 section 12.5.4)."""
    wishes = []
    for place, part in enumerate(header[:LONGEST_HEADER].split(",")):
        code, _, weight = part.strip().partition(";q=")
        try:
            wishes.append((-float(weight or 1), place, code.strip()))
        except ValueError:
            continue  # a weight that is no number counts as not said
    for _, _, code in sorted(wishes):
        found = language(code)
        if found.code == code.lower().split("-")[0] or found.code == code.lower():
            return found
    return _load(ENGLISH)


def is_language(code: str) -> bool:
    """Whether Babel knows a language of this code, ours or not."""
    try:
        Locale.parse(code, sep="-")
    except (UnknownLocaleError, ValueError, TypeError):
        return False
    return True


@cache
def _load(code: str) -> Language:
    if code == ENGLISH:
        return Language(code, NullTranslations())
    with (CATALOGUES / f"{code}.po").open("rb") as file:
        catalogue = read_po(file, locale=code.replace("-", "_"))
    compiled = BytesIO()
    write_mo(compiled, catalogue)  # in memory: gettext reads nothing else
    compiled.seek(0)
    return Language(code, Translations(compiled))
