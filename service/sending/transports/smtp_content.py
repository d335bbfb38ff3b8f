"""Refuse content that could end its own transaction: the last guard against SMTP smuggling."""

import re

import numpy as np

from service.rendering.fit import FitForData

_LINE_BREAK_AND_DOT = re.compile(rb"(?:^|[\r\n])\.")
_DOT = ord(".")
_BELOW_PRINTABLE = 14  # CR, LF, and a few that never come


def fault_in(content: bytes | FitForData, *, may_be_utf8: bool = False) -> str | None:
    """Return what makes `content` unfit for DATA as it stands, or None.

    Nothing does when our renderer has proved it fit, piece by piece.

    Every way to end a message early needs a dot after a line break of some kind, LF and CR alone
    included (CVE-2023-51764 and its kin). `Content.wire` promises there is none; this believes it
    only after looking, with vectors, since a search by `bytes.find` costs as much as all the rest.
    """
    if isinstance(content, FitForData):
        return None
    if not content.endswith(b"\r\n"):
        return "the message does not end in CRLF"
    if not may_be_utf8 and not content.isascii():
        return "the message is not 7-bit text"
    octets = np.frombuffer(content, np.uint8)
    suspected = (octets[1:] == _DOT) & (octets[:-1] < _BELOW_PRINTABLE)
    if (content.startswith(b".") or suspected.any()) and _LINE_BREAK_AND_DOT.search(content):
        return "a line of the message begins with a dot"
    return None
