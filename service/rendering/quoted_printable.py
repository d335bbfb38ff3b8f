"""Quoted-printable in pieces that may be joined in any order (RFC 2045 section 6.7).

Each piece begins in column 0 and ends in a line break, a soft one where its text goes on; so a
message is a join of ready pieces. No line is longer than 76, begins with a dot (it would have to
be doubled on the way) or with "From ", ends in a blank or holds two in a row: the bytes are
already what dot-stuffing and DKIM's relaxed canonical form would make of them.
"""

import binascii
import re
from collections.abc import Iterator

from service.rendering.fit import fit

LONGEST_LINE = 76
_FEW_LINES = 5 * LONGEST_LINE
_HARD, _SOFT = b"\r\n", b"=\r\n"
_PLAIN = re.compile(r"(?!From )[!-\-/-<>-~][!-<>-~]*(?: [!-<>-~]+)*")
_PLAIN_LINES = re.compile(rf"{_PLAIN.pattern}(?:\n{_PLAIN.pattern})*")
_LOOSE_BLANK = re.compile(rb" (?=[ \t\n])|\t")
_NEEDS_CARE = (b".", b"From ")  # in column 0
# b2a_qp would let these pass; as control characters, which no text of ours holds, it does not.
_INDENT, _INDENT_STAND_IN = b"    ", b"\x01\x01\x01 "
_STAND_INS = {b" ": b"\x01", b"\t": b"\x02"}


def encode_piece(text: str) -> bytes:
    """Return `text`, with lines parted by a line feed, as one piece."""
    if len(text) < LONGEST_LINE and _PLAIN.fullmatch(text):
        return fit(text.encode("ascii") + _SOFT)
    if (
        len(text) < _FEW_LINES
        and _PLAIN_LINES.fullmatch(text)
        and max(map(len, text.split("\n"))) < LONGEST_LINE
    ):
        return fit(text.encode("ascii").replace(b"\n", _HARD) + _SOFT)
    if not text:
        return b""
    data = text.encode("utf-8", "replace")
    has_loose_blanks = b"  " in data or b" \n" in data or b"\t" in data
    if has_loose_blanks:
        data = _LOOSE_BLANK.sub(_stand_in, data.replace(_INDENT, _INDENT_STAND_IN))
    encoded = binascii.b2a_qp(data, istext=True)  # in lines of 76 at most, with its soft breaks
    if has_loose_blanks:
        encoded = encoded.replace(b"=01", b"=20").replace(b"=02", b"=09")
    needs_care = encoded.startswith(_NEEDS_CARE) or b"\n." in encoded or b"\nFrom " in encoded
    last = len(encoded) - encoded.rfind(b"\n") - 1  # it may be full, and no soft break fits
    if needs_care or last >= LONGEST_LINE:
        return fit(_with_care(encoded))
    whole = encoded.replace(b"\n", _HARD)
    return fit(whole + _SOFT if last else whole)


def encode_token(token: bytes) -> bytes:
    """Return a token of our own as a piece: short, and of letters that stand for themselves."""
    return token + _SOFT


def decode(encoded: bytes) -> str:
    """Return the text of joined pieces, with lines parted by a line feed."""
    return binascii.a2b_qp(encoded).decode("utf-8").replace("\r\n", "\n")


def _stand_in(match: re.Match[bytes]) -> bytes:
    return _STAND_INS[match[0]]


def _with_care(encoded: bytes) -> bytes:
    """Break lines anew, so that none begins with what may not stand in column 0."""
    *lines, rest = encoded.replace(b"=\n", b"").split(b"\n")
    pieces: list[bytes] = []
    for line in lines:
        pieces.extend(_wrapped(line, _HARD))
    if rest:
        pieces.extend(_wrapped(rest, _SOFT))
    return b"".join(pieces)


def _wrapped(line: bytes, end: bytes) -> Iterator[bytes]:
    """Break one encoded line, never within an escape."""
    longest = LONGEST_LINE - 1 if end is _SOFT else LONGEST_LINE
    at = 0
    while True:
        part = line[at : at + LONGEST_LINE]
        if part.startswith(_NEEDS_CARE):
            line, at = b"=%02X" % part[0] + line[at + 1 :], 0
            part = line[:LONGEST_LINE]
        if len(line) - at <= longest:
            yield part + end
            return
        cut = LONGEST_LINE - 1
        if b"=" in part[cut - 2 : cut]:
            cut = part.index(b"=", cut - 2)
        yield part[:cut] + _SOFT
        at += cut
