"""Read the few header fields the list shows, from mail that may be anything."""

import re
from dataclasses import dataclass
from email.errors import HeaderParseError
from email.header import decode_header

LONGEST_SHOWN = 1_000
_WANTED = re.compile(
    rb"^(from|to|subject|message-id)[ \t]*:((?:[^\r\n]|\r\n[ \t])*)", re.IGNORECASE | re.MULTILINE
)
_CONTROL = re.compile(r"[\x00-\x1f\x7f\u0080-\u009f\u2028\u2029]+")


@dataclass(frozen=True, slots=True)
class ShownFields:
    """The fields of one list line, decoded; empty where the mail has none."""

    sender: str
    recipient: str
    subject: str
    message_id: str


def shown_fields(content: bytes) -> ShownFields:
    """Return what the list shows of a mail; the first of a repeated field counts."""
    found: dict[bytes, bytes] = {}
    for name, value in _WANTED.findall(header_block(content)):
        found.setdefault(name.lower(), value)
    return ShownFields(
        sender=decoded(found.get(b"from", b"")),
        recipient=decoded(found.get(b"to", b"")),
        subject=decoded(found.get(b"subject", b"")),
        message_id=decoded(found.get(b"message-id", b"")),
    )


def header_block(content: bytes) -> bytes:
    """Return everything before the first empty line."""
    if content.startswith(b"\r\n"):
        return b""
    return content.partition(b"\r\n\r\n")[0]


def decoded(value: bytes | str) -> str:
    """Return a header value as a person reads it: unfolded, RFC 2047 words decoded, one line."""
    text = value if isinstance(value, str) else value.decode("utf-8", "replace")
    if "=?" in text:
        text = _decoded_words(text)
    text = _CONTROL.sub(" ", text).strip()[:LONGEST_SHOWN]
    return text.encode("utf-8", "replace").decode("utf-8")  # some charsets make lone surrogates


def _decoded_words(text: str) -> str:
    try:
        words = decode_header(text.replace("\r\n", ""))
        return "".join(
            word if isinstance(word, str) else word.decode(charset or "ascii", "replace")
            for word, charset in words
        )
    except (HeaderParseError, LookupError, ValueError):
        return text  # a charset or encoding nobody knows: shown as it came
