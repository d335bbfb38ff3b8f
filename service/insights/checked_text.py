"""Check what comes in from outside: names of one line, running text, web addresses, languages.

Pure. Every fault is an `InputError` that reads `field: what is wrong`. A line break in a name is
refused here and again when a message is built (CWE-93).
"""

import difflib
import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from urllib.parse import quote, urlsplit, urlunsplit

import idna

from service.errors import HeaderInjectionError, InputError

LONGEST_URL = 2000
_BREAKS = "\n\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"
_BLANKS = re.compile(f"[\t{_BREAKS}]+")
_UNWANTED = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,2}")
_LONGEST_LANGUAGE = 12
_NOT_IN_URLS = re.compile(r"[\s<>\"\\^`{|}]")
_KEPT_IN_URLS = "%:/?#[]@!$&'()*+,;=-._~"
_LONGEST_SHOWN = 40


def one_line(value: str, *, field: str, longest: int) -> str:
    """Return `value` with single blanks between its words, as one line that is safe in a header.

    Raises `HeaderInjectionError` for line breaks and control characters, `InputError` when it is
    too long.
    """
    _refuse_unwanted(value, field)
    return _fitting(value, field, longest)


def running_text(value: str, *, field: str, longest: int) -> str:
    """Return `value` as one paragraph: line breaks and tabs become blanks; markup stays text."""
    value = _BLANKS.sub(" ", value)
    _refuse_unwanted(value, field)
    return _fitting(value, field, longest)


@lru_cache(maxsize=4_096)  # an episode's stands on many lines
def web_address(value: str, *, field: str) -> str:
    """Return an http or https address in ASCII, as it may stand in a link."""
    value = value.strip()
    _refuse_unwanted(value, field)
    if len(value) > LONGEST_URL:
        raise InputError(f"{field}: longer than {LONGEST_URL} characters")
    if _NOT_IN_URLS.search(value):
        raise InputError(f"{field}: holds a character that may not stand in a web address")
    try:
        parts = urlsplit(value)
        host, port = parts.hostname, parts.port
        if host is not None and not host.isascii():
            ascii_host = idna.encode(host, uts46=True).decode("ascii")
            parts = parts._replace(netloc=f"{ascii_host}:{port}" if port else ascii_host)
    except ValueError as error:
        raise InputError(f"{field}: is not a web address") from error
    if parts.scheme.lower() not in ("http", "https") or not host:
        raise InputError(f"{field}: must begin with https:// or http:// and name a host")
    if "@" in urlsplit(value).netloc:
        raise InputError(f"{field}: must not carry a user name or password")
    address = quote(urlunsplit(parts), safe=_KEPT_IN_URLS)
    if len(address) > LONGEST_URL:
        raise InputError(f"{field}: longer than {LONGEST_URL} characters")
    return address


def language_tag(value: str, *, field: str = "language") -> str:
    """Return a language tag such as `en` or `pt-BR`, its first part in lower case."""
    value = value.strip()
    if len(value) > _LONGEST_LANGUAGE or not _LANGUAGE.fullmatch(value):
        raise InputError(f"{field}: {shown(value)} is not a language tag such as en or pt-BR")
    first, dash, rest = value.partition("-")
    return first.lower() + dash + rest


def nearest_hint(word: str, known: Iterable[str]) -> str:
    """Return `; did you mean …?` for the nearest known word, or nothing."""
    nearest = difflib.get_close_matches(word.lower(), list(known), n=1)
    return f"; did you mean {nearest[0]}?" if nearest else ""


def shown(value: str) -> str:
    """Return a stranger's word in quotes, cut short, with nothing in it that moves a cursor."""
    if len(value) > _LONGEST_SHOWN:
        value = value[: _LONGEST_SHOWN - 1] + "…"
    return f'"{value}"' if value.isprintable() else ascii(value)


def _refuse_unwanted(value: str, field: str) -> None:
    found = _UNWANTED.search(value)
    if found is None:
        return
    character = found.group()
    if character in _BREAKS:
        raise HeaderInjectionError(f"{field}: line break")
    if unicodedata.category(character) == "Cs":
        raise InputError(f"{field}: half of a character (U+{ord(character):04X})")
    raise HeaderInjectionError(f"{field}: control character (U+{ord(character):04X})")


def _fitting(value: str, field: str, longest: int) -> str:
    value = unicodedata.normalize("NFC", " ".join(value.split()))
    if len(value) > longest:
        raise InputError(f"{field}: longer than {longest} characters")
    return value
