"""What Postmark takes and refuses in one message, as its documentation and its error texts say."""

import re
from collections.abc import Iterator
from typing import Any

FIELDS = {
    "From": str,
    "To": str,
    "Cc": str,
    "Bcc": str,
    "Subject": str,
    "Tag": str,
    "HtmlBody": str,
    "TextBody": str,
    "ReplyTo": str,
    "Metadata": dict,
    "Headers": list,
    "TrackOpens": bool,
    "TrackLinks": str,
    "Attachments": list,
    "MessageStream": str,
}
TRACK_LINKS = {"None", "HtmlAndText", "HtmlOnly", "TextOnly"}
FORBIDDEN_HEADERS = {
    "bcc", "cc", "content-type", "content-transfer-encoding", "date", "from", "mime-version",
    "received", "reply-to", "return-path", "sender", "subject", "to",
}  # fmt: skip
_ADDRESS = re.compile(r"[a-z0-9.!#$%&'`*+\-/=^_{}|~]+@(\.?[a-zA-Z0-9\-])+", re.IGNORECASE)
_BRACKETED = re.compile(r"<([^<>]*)>\s*$")

Refusal = tuple[int, str]  # ErrorCode and Message


def address_of(mailbox: str) -> str:
    found = _BRACKETED.search(mailbox)
    return found[1] if found else mailbox.strip()


def shape_refusal(item: Any) -> Refusal | None:
    """A fault of the JSON itself: it fails the whole call."""
    if not isinstance(item, dict):
        return 403, "The JSON provided is not what was expected."
    for name, value in item.items():
        if name not in FIELDS:
            return 403, f"Unknown field '{name}'."
        if not isinstance(value, FIELDS[name]):
            return 403, f"Field '{name}' has the wrong type."
    for header in item.get("Headers", []):
        if set(header) != {"Name", "Value"} or not all(
            isinstance(value, str) for value in header.values()
        ):
            return 403, "Headers are objects of Name and Value."
    return None


def message_refusal(item: dict[str, Any], streams: set[str], inactive: set[str]) -> Refusal | None:
    """A fault of one message: it fails that message only."""
    invalid = next(_invalid(item), None)
    if invalid is not None:
        return 300, invalid
    if item.get("MessageStream", "outbound") not in streams:
        return 1235, "The 'MessageStream' provided does not exist on this server."
    recipient = address_of(item["To"]).lower()
    if recipient in inactive:
        return 406, (
            "You tried to send to a recipient that has been marked as inactive.\n"
            f"Found inactive addresses: {recipient}."
        )
    return None


def _invalid(item: dict[str, Any]) -> Iterator[str]:
    for name in ("From", "To"):
        if not _ADDRESS.fullmatch(address_of(item.get(name, ""))):
            yield f"Invalid '{name}' address: '{item.get(name, '')}'."
    if not (item.get("HtmlBody") or item.get("TextBody")):
        yield "Provide either email TextBody or HtmlBody or both."
    if len(item.get("Subject", "")) > 2000:
        yield "Subject is too long."
    for header in item.get("Headers", []):
        if header["Name"].lower() in FORBIDDEN_HEADERS:
            yield f"Header '{header['Name']}' not allowed."
        if re.search(r"[\r\n]", header["Name"] + header["Value"]):
            yield f"Header '{header['Name']}' has a line break."
    metadata = item.get("Metadata", {})
    if len(metadata) > 10 or not all(
        len(name) <= 20 and isinstance(value, str) and len(value) <= 80
        for name, value in metadata.items()
    ):
        yield "Invalid metadata content."
    if item.get("TrackLinks", "None") not in TRACK_LINKS:
        yield "Invalid 'TrackLinks' value."
