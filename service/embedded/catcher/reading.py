"""Take a kept mail apart for reading: its HTML, its text, its headers, its source.

The mail may be broken or hostile: what cannot be taken apart is left out, the source always shows.
"""

import email
import email.policy
import re
from dataclasses import dataclass
from email.message import Message

from service.embedded.catcher.headers import decoded, header_block

LONGEST_SOURCE = 1_000_000

_HEAD = re.compile(r"<head(?:\s[^>]*)?>", re.IGNORECASE)
_BEFORE_HEAD = re.compile(r"\s*(?:<!doctype[^>]*>)?\s*(?:<html(?:\s[^>]*)?>)?", re.IGNORECASE)
_LINKS_LEAVE_THE_FRAME = '<base target="_blank">'


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A mail taken apart; None for a part it does not have."""

    html: str | None
    text: str | None
    headers: tuple[tuple[str, str], ...]  # decoded, in their order
    raw_headers: str
    source: str
    is_source_cut: bool


def take_apart(content: bytes) -> Reading:
    """Return everything the page shows of a mail."""
    parts = _readable_parts(content)
    block = header_block(content)
    return Reading(
        html=parts.get("text/html"),
        text=parts.get("text/plain"),
        headers=tuple(_fields(block)),
        raw_headers=_shown(block),
        source=_shown(content[:LONGEST_SOURCE]),
        is_source_cut=len(content) > LONGEST_SOURCE,
    )


def framed(html: str) -> str:
    """Return a mail's HTML with its links opening outside the frame it stands in."""
    match = _HEAD.search(html) or _BEFORE_HEAD.match(html)
    end = match.end() if match else 0
    return html[:end] + _LINKS_LEAVE_THE_FRAME + html[end:]


def _readable_parts(content: bytes) -> dict[str, str]:
    """Return the first part of each readable type that is not an attachment."""
    parts: dict[str, str] = {}
    try:
        for part in email.message_from_bytes(content, policy=email.policy.compat32).walk():
            kind = part.get_content_type()
            if kind in ("text/html", "text/plain") and kind not in parts and not _is_attached(part):
                parts[kind] = _text_of(part)
    except (RecursionError, LookupError, ValueError, TypeError, AttributeError):
        pass  # what the standard parser raises on mails made to break it
    return parts


def _is_attached(part: Message) -> bool:
    return str(part.get("Content-Disposition", "")).strip().lower().startswith("attachment")


def _text_of(part: Message) -> str:
    body = part.get_payload(decode=True)
    if not isinstance(body, bytes):
        return ""
    try:
        text = body.decode(part.get_content_charset("utf-8"), "replace")
    except (LookupError, ValueError):  # a charset nobody knows
        text = body.decode("utf-8", "replace")
    text = text.encode("utf-8", "replace").decode("utf-8")  # some charsets make lone surrogates
    return text.replace("\r\n", "\n")


def _fields(block: bytes) -> list[tuple[str, str]]:
    fields: list[tuple[str, str]] = []
    for line in re.split(rb"\r\n(?![ \t])", block):
        name, colon, value = line.partition(b":")
        if colon:
            fields.append((_shown(name).strip(), decoded(value)))
    return fields


def _shown(octets: bytes) -> str:
    return octets.decode("utf-8", "replace").replace("\r\n", "\n")
