"""Header text outside ASCII, as RFC 2047 asks: words of at most 75 characters, folded lines."""

import base64
import re

LONGEST_LINE = 76
_LONGEST_WORD = 75
_FRAME = len("=?utf-8?q??=")
_Q_SAFE = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!*+-/")
_BLANK = ord(" ")
_PRINTABLE = re.compile(r"[ -~]*")
_LONGEST_QUOTED = 60


def encode_text(text: str, *, column: int) -> str:
    """Return unstructured text, such as a subject, folded for a line it begins in `column`.

    Plain ASCII stays as it is, unless a word is too long for a line or would itself read as an
    encoded word.
    """
    words = text.split(" ")
    plain = _PRINTABLE.fullmatch(text) and "=?" not in text and all(words)
    if not plain or max(map(len, words)) > LONGEST_LINE - 1 - column:
        return "\r\n ".join(_encoded(text, column))
    lines = [""]
    room = LONGEST_LINE - column
    for word in words:
        if len(lines[-1]) + len(word) + 1 > room and lines[-1]:
            lines.append(word)
            room = LONGEST_LINE - 1
        else:
            lines[-1] += f" {word}" if lines[-1] else word
    return "\r\n ".join(lines)


def encode_phrase(text: str, *, column: int) -> str:
    """Return a display name: a quoted string, or encoded words when it is long or not ASCII."""
    if len(text) <= _LONGEST_QUOTED and _PRINTABLE.fullmatch(text) and "=?" not in text:
        return quoted(text)
    return "\r\n ".join(_encoded(text, column))


def quoted(text: str) -> str:
    """Return a quoted string of RFC 5322, in Unicode."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _encoded(text: str, column: int) -> list[str]:
    """Cut between characters into encoded words, by whichever of Q and B is shorter."""
    raw = text.encode("utf-8")
    short = "".join(map(_Q_SIGNS.__getitem__, raw))
    room = min(_LONGEST_WORD, LONGEST_LINE - column) - _FRAME
    if len(short) <= min(room, -(-len(raw) // 3) * 4):  # as most names that are not ASCII
        return [f"=?utf-8?q?{short}?="]
    signs = [character.encode("utf-8") for character in text]
    as_q = sum(map(_q_size, signs))
    as_b = -(-sum(map(len, signs)) // 3) * 4
    return _cut(signs, column, q=as_q <= as_b)


def _cut(signs: list[bytes], column: int, *, q: bool) -> list[str]:
    words: list[str] = []
    held: list[bytes] = []
    size = 0
    room = min(_LONGEST_WORD, LONGEST_LINE - column) - _FRAME
    for sign in signs:
        longer = size + (_q_size(sign) if q else len(sign))
        if held and (longer if q else (longer + 2) // 3 * 4) > room:
            words.append(_word(b"".join(held), q=q))
            held, size, room = [], 0, _LONGEST_WORD - _FRAME
            longer = _q_size(sign) if q else len(sign)
        held.append(sign)
        size = longer
    return [*words, _word(b"".join(held), q=q)] if held else words


def _word(raw: bytes, *, q: bool) -> str:
    if not q:
        return f"=?utf-8?b?{base64.b64encode(raw).decode('ascii')}?="
    return "=?utf-8?q?" + "".join(map(_q_sign, raw)) + "?="


def _q_sign(byte: int) -> str:
    if byte == _BLANK:
        return "_"
    return chr(byte) if byte in _Q_SAFE else f"={byte:02X}"


_Q_SIGNS = [_q_sign(byte) for byte in range(256)]


def _q_size(sign: bytes) -> int:
    return sum(1 if byte == _BLANK or byte in _Q_SAFE else 3 for byte in sign)
