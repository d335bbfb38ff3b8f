"""Write an address for the envelope: guarded, its domain in A-labels."""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

import idna

LONGEST_LOCAL = 64  # octets, RFC 5321 4.5.3.1.1
LONGEST_PATH = 254  # octets, RFC 5321 4.5.3.1.3 without its angle brackets

_LABEL = r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9])?"
_DOMAIN = re.compile(rf"{_LABEL}(?:\.{_LABEL})*|\[(?:IPv6:)?[0-9A-Fa-f:.]{{3,45}}\]")
# Dots may stand anywhere: some providers once gave out names such as "a..b". Quoted names are not
# taken: no subscriber's address needs a space, and a bracket or quote is how commands are smuggled.
_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+")
# Nearly all addresses; what it does not match may still be one.
_EASY = re.compile(rf"{_LOCAL.pattern[:-1]}{{1,{LONGEST_LOCAL}}}@{_LABEL}(?:\.{_LABEL})*")
_JOINERS = "\u200c\u200d"
_UNSAFE = frozenset('<>()[]\\,;:@" ')


class AddressError(Exception):
    """The address cannot stand in an SMTP command; the text says why."""


@dataclass(slots=True)
class Path:
    """An address as it stands between the angle brackets of MAIL and RCPT."""

    octets: bytes
    needs_smtputf8: bool


def envelope_path(address: str) -> Path:
    """Return the address for the wire; an empty one is the null sender.

    Raises `AddressError` for whatever could end the command early, and for what no host takes.
    """
    if _EASY.fullmatch(address) and len(address) <= LONGEST_PATH:
        return Path(address.encode("ascii"), needs_smtputf8=False)
    if not address:
        return Path(b"", needs_smtputf8=False)
    local, at, domain = address.rpartition("@")
    if not at or not local:
        raise AddressError("the address has no @ between a name and a domain")
    octets = local.encode("ascii") if _LOCAL.fullmatch(local) else _international(local)
    if len(octets) > LONGEST_LOCAL:
        raise AddressError(f"the part before the @ is longer than {LONGEST_LOCAL} octets")
    path = octets + b"@" + _a_labels(domain)
    if len(path) > LONGEST_PATH:
        raise AddressError(f"the address is longer than {LONGEST_PATH} octets")
    return Path(path, needs_smtputf8=not octets.isascii())


def _international(local: str) -> bytes:
    normal = unicodedata.normalize("NFC", local)
    for character in normal:
        if character in _UNSAFE or unicodedata.category(character)[0] in "CZ":
            raise AddressError(f"the address may not contain {character!a}")
    return normal.encode("utf-8")


@lru_cache(maxsize=4096)
def _a_labels(domain: str) -> bytes:
    if domain.isascii():
        if not _DOMAIN.fullmatch(domain):
            raise AddressError("the domain of the address is not one")
        return domain.encode("ascii")
    for character in domain:
        # IDNA drops what is invisible; joiners alone mean something, where its rules allow them.
        if unicodedata.category(character)[0] in "CZ" and character not in _JOINERS:
            raise AddressError(f"the address may not contain {character!a}")
    try:
        return idna.encode(domain, uts46=True)
    except idna.IDNAError as error:
        raise AddressError(f"the domain of the address is not one: {error}") from error
