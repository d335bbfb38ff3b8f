"""Cleaning and politely cutting what comes from outside, so that no mail outgrows its limits.

Gmail hides whatever follows the first 102 KB of HTML, the unsubscribe link with it. Each text
has a longest form in characters, which is what a person sees, and in bytes of escaped HTML,
which is what Gmail counts: seven cards at all limits together stay under 100 KB.
"""

import html
import re
import unicodedata
from dataclasses import dataclass
from urllib.parse import urlsplit

ELLIPSIS = "…"
LONGEST_LINK = 700  # bytes of escaped HTML; a longer address is not linked
LONGEST_SUBJECT = 70
MOST_CARDS = 7

LONGEST_ESCAPE = len("&quot;")  # bytes a character may take in HTML; in UTF-8 it is four at most
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff]+")
_LOOSE_END = " ,;:.-(\u2013\u2014\u2026"
_SPACES = re.compile(r"\s+")
_SCHEMES = frozenset({"http", "https", "mailto"})
_LINK = re.compile(r"[^\s<>\"'`\\^{|}\x00-\x20\x7f-\x9f]+")


@dataclass(frozen=True, slots=True)
class Limit:
    """The longest form of a text."""

    characters: int
    bytes: int


TEXT = Limit(1400, 3000)
HEADLINE = Limit(180, 450)
SOURCE = Limit(110, 260)  # podcast, episode and speaker, each
TOPIC = Limit(48, 150)
WHY = Limit(160, 400)
LIST_NAME = Limit(120, 300)
POSTAL_ADDRESS = Limit(300, 800)
NOTICE = Limit(600, 1500)  # of third-party content


def cleaned(text: str | None) -> str:
    """Return `text` as one line: no control characters, no blanks around it or in a row."""
    if not text:
        return ""
    if text.isprintable() and "  " not in text and text[0] != " " and text[-1] != " ":
        return text  # as most is: the only blanks that count as printable are plain ones
    return _SPACES.sub(" ", _CONTROL.sub(" ", text)).strip()


def clipped(text: str | None, limit: Limit) -> str:
    """Return the cleaned text, cut at a word and marked with an ellipsis where it is too long."""
    whole = cleaned(text)
    fits = len(whole) * LONGEST_ESCAPE <= limit.bytes or escaped_size(whole) <= limit.bytes
    if len(whole) <= limit.characters and fits:
        return whole
    room = limit.bytes - len(ELLIPSIS.encode())
    short = whole[: limit.characters - 1]
    while escaped_size(short) > room:
        # Each character takes a byte or more, so this never cuts more than is needed.
        short = short[: -max(1, (escaped_size(short) - room) // 6)]
    return cut_at_word(short, whole)


def cut_to(text: str, longest: int) -> str:
    """Return `text` in at most `longest` characters, cut at a word."""
    return text if len(text) <= longest else cut_at_word(text[: longest - 1], text)


def cut_at_word(short: str, whole: str) -> str:
    """Return `short`, the beginning of `whole`, less the word it breaks, and an ellipsis."""
    kept = short
    if not whole[len(short)].isspace() and " " in short:
        head, _, broken = short.rpartition(" ")
        # A script without blanks, or one endless word, is cut where it stands.
        kept = head if len(broken) <= max(30, len(short) // 4) else _whole_signs(short, whole)
    elif " " not in short:
        kept = _whole_signs(short, whole)
    return kept.rstrip(_LOOSE_END) + ELLIPSIS


def link(url: str | None) -> str:
    """Return `url` if it may be a link in a mail, else nothing."""
    if not url or not _LINK.fullmatch(url) or len(html.escape(url).encode()) > LONGEST_LINK:
        return ""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    if parts.scheme.lower() not in _SCHEMES:
        return ""
    return url if parts.scheme.lower() == "mailto" or parts.hostname else ""


def escaped_size(text: str) -> int:
    """Return the bytes `text` takes in HTML."""
    return len(html.escape(text).encode("utf-8", "replace"))


def _whole_signs(short: str, whole: str) -> str:
    """Go back to the beginning of a sign that is written with several characters."""
    end = len(short)
    while end > 1 and (unicodedata.combining(whole[end]) or _joins(whole, end)):
        end -= 1
    return short[:end]


def _joins(whole: str, end: int) -> bool:
    return whole[end] in "\u200d\ufe0f" or whole[end - 1] == "\u200d"
