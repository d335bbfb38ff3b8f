"""Read Postmark's webhooks: every RecordType and bounce Type it documents, as our own events.

Payloads: https://postmarkapp.com/developer/webhooks/webhooks-overview; bounce types:
https://postmarkapp.com/developer/api/bounce-api#bounce-types. Pure.
"""

import datetime as dt
import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from service.feedback.keep import LONGEST_TEXT, kept
from service.feedback.values import Bounce, EventKind, Origin, Reference, ToldEvent
from service.log import redacted
from service.sending.replies import printable

PROVIDER: Final = "postmark"


class Reading(NamedTuple):
    """What one kind of report means."""

    kind: EventKind
    bounce: Bounce | None = None
    origin: Origin | None = None


_FOR_GOOD = Reading(EventKind.BOUNCED, Bounce.PERMANENT)
_FOR_NOW = Reading(EventKind.BOUNCED, Bounce.TRANSIENT)
_ON_ITS_WAY = Reading(EventKind.DEFERRED)
_ARRIVED = Reading(EventKind.DELIVERED)
_COMPLAINT = Reading(EventKind.COMPLAINED)
_LEFT = Reading(EventKind.UNSUBSCRIBED, origin=Origin.RECIPIENT)
_BY_HAND = Reading(EventKind.UNSUBSCRIBED, origin=Origin.CUSTOMER)
_BY_PROVIDER = Reading(EventKind.UNSUBSCRIBED, origin=Origin.PROVIDER)
_NO_WORD = Reading(EventKind.UNKNOWN)

READINGS: Final[dict[str, Reading]] = {
    "Delivery": _ARRIVED,
    "Open": Reading(EventKind.OPENED),
    "Click": Reading(EventKind.CLICKED),
    "SpamComplaint": _COMPLAINT,
    "Bounce/HardBounce": _FOR_GOOD,
    "Bounce/BadEmailAddress": _FOR_GOOD,
    "Bounce/SoftBounce": _FOR_NOW,  # mailbox full, account disabled
    "Bounce/DnsError": _FOR_NOW,
    "Bounce/Unknown": _FOR_NOW,  # a bounce that Postmark cannot classify: nobody ends for that
    # Refused for what we are or wrote: our standing, never the person's bounce.
    "Bounce/Blocked": _FOR_NOW,
    "Bounce/SpamNotification": _FOR_NOW,
    "Bounce/VirusNotification": _FOR_NOW,
    "Bounce/DMARCPolicy": _FOR_NOW,
    "Bounce/Transient": _ON_ITS_WAY,  # "message delayed": Postmark goes on trying
    "Bounce/ChallengeVerification": _ON_ITS_WAY,  # held until somebody solves a puzzle
    "Bounce/AutoResponder": _ARRIVED,  # a holiday answers: the mail is there
    "Bounce/AddressChange": _ARRIVED,
    "Bounce/Unsubscribe": _LEFT,  # they answered "remove me"
    "Bounce/SpamComplaint": _COMPLAINT,
    "Bounce/ManuallyDeactivated": _BY_HAND,
    # These say nothing of a mail that Postmark had taken.
    "Bounce/Subscribe": _NO_WORD,
    "Bounce/OpenRelayTest": _NO_WORD,
    "Bounce/Unconfirmed": _NO_WORD,
    "Bounce/SMTPApiError": _NO_WORD,
    "Bounce/InboundError": _NO_WORD,
    "Bounce/TemplateRenderingFailed": _NO_WORD,
    "SubscriptionChange/Reactivation": Reading(EventKind.RESUBSCRIBED),
    "SubscriptionChange/HardBounce": _FOR_GOOD,
    "SubscriptionChange/SpamComplaint": _COMPLAINT,
    "SubscriptionChange/ManualSuppression/Recipient": _LEFT,
    "SubscriptionChange/ManualSuppression/Customer": _BY_HAND,
    "SubscriptionChange/ManualSuppression/Admin": _BY_PROVIDER,
    # A reason we have no word for: Postmark mails them no more whatever it was.
    "SubscriptionChange/other": _BY_PROVIDER,
}

_MOMENTS: Final = ("DeliveredAt", "BouncedAt", "ReceivedAt", "ChangedAt")
_PERSONAL: Final = ("Recipient", "Email", "Subject", "Content", "Geo", "UserAgent")
_REFERENCE = re.compile(r"(notice\.)?([1-9]\d{0,17})\.([1-9]\d{0,3})", re.ASCII)
_MESSAGE_ID = re.compile(r"[A-Za-z0-9-]{1,64}", re.ASCII)
_HAS_OWN_ID: Final = ("Bounce", "SpamComplaint")


def parse(report: Mapping[str, Any]) -> ToldEvent:
    """Return the event of one report; whatever cannot be read is an event of kind `unknown`."""
    reading = READINGS.get(_name(report), _NO_WORD)
    message_id = _text(report, "MessageID")
    return ToldEvent(
        provider=PROVIDER,
        key=_key(report),
        kind=reading.kind,
        bounce=reading.bounce,
        origin=reading.origin,
        reference=_reference(report),
        recipient=_text(report, "Recipient") or _text(report, "Email") or None,
        provider_id=message_id if _MESSAGE_ID.fullmatch(message_id) else None,
        detail=_detail(report),
        happened_at=_happened_at(report),
        raw=kept(report, leave_out=_PERSONAL),
    )


def _name(report: Mapping[str, Any]) -> str:
    """Return the name of a report in READINGS."""
    record = _text(report, "RecordType")
    if record == "Bounce":
        return f"Bounce/{_text(report, 'Type')}"
    if record != "SubscriptionChange":
        return record
    suppresses = report.get("SuppressSending")
    if suppresses is False:
        return "SubscriptionChange/Reactivation"
    if suppresses is not True:
        return "SubscriptionChange"  # neither: not as documented, so nothing follows from it
    name = f"SubscriptionChange/{_text(report, 'SuppressionReason')}"
    if name == "SubscriptionChange/ManualSuppression":
        name += f"/{_text(report, 'Origin')}"
    return name if name in READINGS else "SubscriptionChange/other"


def _key(report: Mapping[str, Any]) -> str:
    """Return what tells a repeat: Postmark's id where there is one, else the report itself."""
    record, own_id = _text(report, "RecordType"), report.get("ID")
    if record in _HAS_OWN_ID and isinstance(own_id, int) and 0 < own_id < 1 << 63:
        return f"{record}.{own_id:d}"
    text = json.dumps(report, sort_keys=True)
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def _reference(report: Mapping[str, Any]) -> Reference | None:
    """Read back what service.sending.transports.postmark_wire.reference wrote."""
    metadata = report.get("Metadata")
    given = metadata.get("delivery") if isinstance(metadata, Mapping) else None
    found = _REFERENCE.fullmatch(given) if isinstance(given, str) else None
    return Reference(int(found[2]), int(found[3]), bool(found[1])) if found else None


def _detail(report: Mapping[str, Any]) -> str:
    said = (
        _text(report, name)[:LONGEST_TEXT]
        for name in ("Type", "SuppressionReason", "Description", "Details")
    )
    return printable(redacted(" · ".join(text for text in said if text)))


def _happened_at(report: Mapping[str, Any]) -> dt.datetime | None:
    for name in _MOMENTS:
        try:
            moment = dt.datetime.fromisoformat(_text(report, name))
            # without a zone it would be anybody's guess; Postmark always writes one
            return (moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)).astimezone(dt.UTC)
        except (ValueError, OverflowError):
            continue
    return None


def _text(report: Mapping[str, Any], name: str) -> str:
    value = report.get(name)
    return value if isinstance(value, str) else ""
