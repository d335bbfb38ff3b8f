"""Read SMTP command arguments strictly: RFC 5321, with SIZE, 8BITMIME, SMTPUTF8 and AUTH.

The catcher stands in for the servers of the world, so it takes nothing a strict one would refuse.
"""

import re
from dataclasses import dataclass

import numpy as np

LARGEST_MESSAGE = 25_000_000
LONGEST_ADDRESS = 254  # RFC 5321 erratum 1690
LONGEST_LINE = 998  # octets of a content line without its CRLF (RFC 5321 4.5.3.1.6)

_PATH = re.compile(
    rb"(?P<keyword>FROM|TO):<(?:@[^:<>\s]+:)?(?P<address>(?:\"(?:[^\"\\]|\\.)*\"|[^<>\"\s])*)>"
    rb"(?: +(?P<parameters>\S.*?))? *",
    re.IGNORECASE,
)


class Refusal(Exception):  # noqa: N818 - a reply to the client, not an error of ours
    """The reply a command gets instead of being done."""

    def __init__(self, reply: str) -> None:
        self.reply = reply
        super().__init__(reply)


@dataclass(frozen=True, slots=True)
class Sender:
    """What MAIL FROM said."""

    address: str
    utf8: bool


def read_sender(argument: bytes) -> Sender:
    """Read the argument of MAIL; the null sender `<>` is an address too."""
    raw, parameters = _path(argument, b"FROM")
    utf8 = _read_mail_parameters(parameters)
    return Sender(address=_address(raw, utf8=utf8) if raw else "", utf8=utf8)


def read_recipient(argument: bytes, *, utf8: bool) -> str:
    """Read the argument of RCPT."""
    raw, parameters = _path(argument, b"TO")
    if parameters:
        raise Refusal("555 5.5.4 RCPT takes no parameters here")
    return _address(raw, utf8=utf8)


def fault_in(content: bytes) -> str | None:
    """Return the reply to content no mail may have, or None.

    A bare CR or LF is what one server reads as the end of a message and another does not
    (SMTP smuggling), so it is refused, not mended.
    """
    octets = np.frombuffer(content, np.uint8)
    returns, feeds = np.flatnonzero(octets == ord("\r")), np.flatnonzero(octets == ord("\n"))
    if len(returns) != len(feeds) or (feeds - returns != 1).any():
        return "550 5.6.0 The message has a CR or LF that stands alone"
    if np.diff(feeds, prepend=-1).max(initial=0) > LONGEST_LINE + len("\r\n"):
        return f"550 5.6.0 The message has a line longer than {LONGEST_LINE} octets"
    return None


def _path(argument: bytes, keyword: bytes) -> tuple[bytes, list[bytes]]:
    match = _PATH.fullmatch(argument)
    if match is None or match["keyword"].upper() != keyword:
        raise Refusal(f"501 5.5.4 Say {keyword.decode()}:<address>, without a space")
    return match["address"], (match["parameters"] or b"").split()


def _read_mail_parameters(parameters: list[bytes]) -> bool:
    """Return whether SMTPUTF8 was asked for."""
    utf8 = False
    for parameter in parameters:
        name, equals, value = parameter.upper().partition(b"=")
        if name == b"SIZE" and value.isdigit():
            if len(value) > 20 or int(value) > LARGEST_MESSAGE:  # noqa: PLR2004 - digits (RFC 1870)
                raise Refusal(f"552 5.3.4 The message is larger than {LARGEST_MESSAGE} octets")
        elif name == b"SMTPUTF8" and not equals:
            utf8 = True
        elif not (
            (name == b"BODY" and value in (b"7BIT", b"8BITMIME")) or (name == b"AUTH" and value)
        ):
            shown = parameter.decode("ascii", "replace")[:40]
            raise Refusal(f"555 5.5.4 Unknown or wrong parameter {shown}")
    return utf8


def _address(raw: bytes, *, utf8: bool) -> str:
    if not raw.isascii() and not utf8:
        raise Refusal("553 5.6.7 The address needs SMTPUTF8, and MAIL did not ask for it")
    try:
        address = raw.decode("utf-8")
    except UnicodeDecodeError:
        raise Refusal("553 5.6.7 The address is not UTF-8") from None
    local, at, domain = address.rpartition("@")
    if address.lower() == "postmaster":
        return address
    if not (at and local and domain) or len(raw) > LONGEST_ADDRESS or not address.isprintable():
        raise Refusal("553 5.1.3 That is not an address")
    return address
