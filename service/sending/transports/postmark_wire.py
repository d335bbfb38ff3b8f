"""Postmark's wire format: our message as its JSON, its result as our outcome.

Field names and error codes: https://postmarkapp.com/developer/api/email-api and …/api/overview.
"""

import json
import re
from collections.abc import Mapping
from typing import Any, Final

from service.log import log
from service.rendering.message import MessageParts, OutgoingMessage
from service.sending.outcome import Blame, Outcome, Verdict
from service.sending.replies import Judgement, printable, refused_here
from service.sending.transports.smtp_address import AddressError, envelope_path

MOST_MESSAGES = 500  # a call
MOST_OCTETS = 40 * 1024 * 1024  # a call; Postmark's limit is 50 MB

# Postmark writes these itself and answers 300 "Header 'Date' not allowed" to some of them.
_OWN_HEADERS: Final = frozenset(
    {
        "bcc", "cc", "content-transfer-encoding", "content-type", "date", "from", "mime-version",
        "received", "reply-to", "return-path", "sender", "subject", "to",
    }
)  # fmt: skip

_JUDGEMENTS: Final[dict[int, Judgement]] = {
    10: (Verdict.DEFERRED, Blame.ROUTE),  # bad or missing token
    100: (Verdict.DEFERRED, Blame.ROUTE),  # maintenance
    400: (Verdict.DEFERRED, Blame.SENDER),  # sender signature not found
    401: (Verdict.DEFERRED, Blame.SENDER),  # sender signature not confirmed
    405: (Verdict.DEFERRED, Blame.SENDER),  # out of credits
    # Bounced for good, complained, or suppressed by hand at Postmark: whoever it was, they are not
    # to be mailed, so our own suppression should say the same.
    406: (Verdict.FAILED, Blame.ADDRESS),
    412: (Verdict.DEFERRED, Blame.SENDER),  # account pending approval
    413: (Verdict.DEFERRED, Blame.SENDER),  # account may not send
    429: (Verdict.DEFERRED, Blame.ROUTE),  # too many requests
    1235: (Verdict.DEFERRED, Blame.ROUTE),  # no such message stream
    1236: (Verdict.DEFERRED, Blame.ROUTE),  # the stream is archived
}
INVALID_EMAIL = 300
_BAD_RECIPIENT = re.compile(r"(Invalid|Error\s+parsing)\s+'(To|Cc|Bcc)'", re.IGNORECASE)
_BAD_SENDER = re.compile(r"(Invalid|Error\s+parsing)\s+'(From|Reply-?To)'", re.IGNORECASE)


def item_of(message: OutgoingMessage, *, stream: str) -> bytes | Outcome:
    """Return one element of the batch, or the reason it cannot go this way."""
    try:
        path = envelope_path(message.recipient)
    except AddressError as error:
        return refused_here(message, "request", Blame.ADDRESS, str(error))
    if path.needs_smtputf8 or not path.octets:
        return refused_here(
            message, "request", Blame.ADDRESS, "Postmark takes ASCII before the @ only"
        )
    try:
        parts = message.content.parts()
    except Exception as error:  # noqa: BLE001 - one brief that cannot be rendered stops no other
        log.exception("render_failed", delivery_id=message.delivery_id)
        reason = f"cannot be rendered: {error}"
        return refused_here(message, "render", Blame.MESSAGE, reason)
    recipient = parts.recipient.replace(message.recipient, path.octets.decode("ascii"))
    item = {
        "From": parts.sender,
        "To": recipient,
        "Subject": parts.subject,
        "HtmlBody": parts.html,
        "TextBody": parts.text,
        "Headers": _headers(parts),
        "MessageStream": stream,
        "Metadata": {
            "delivery": reference(
                message.delivery_id, message.attempt, is_notice=message.transactional
            )
        },
        "TrackOpens": False,
        "TrackLinks": "None",
    }
    if parts.reply_to:
        item["ReplyTo"] = parts.reply_to
    return json.dumps(item, ensure_ascii=False).encode()


def reference(delivery_id: int, attempt: int, *, is_notice: bool) -> str:
    """Return what the message is found by later; Postmark allows 80 characters.

    Notices and briefs count apart: what names a notice must name no brief.
    """
    return f"{'notice.' if is_notice else ''}{delivery_id}.{attempt}"


def result_of(message: OutgoingMessage, result: Mapping[str, Any]) -> Outcome:
    """Return the outcome that one element of the answer tells."""
    # Postmark leaves ErrorCode out when it takes a message but delivery may be delayed.
    number = result.get("ErrorCode")
    code = number if isinstance(number, int) else 0
    text = str(result.get("Message", ""))
    verdict, blame = judge_result(code, text)
    message_id = result.get("MessageID")
    accepted = verdict is Verdict.ACCEPTED
    return Outcome(
        delivery_id=message.delivery_id,
        attempt=message.attempt,
        verdict=verdict,
        stage="reply",
        blame=blame,
        code=code or 200,
        reply=printable(text),
        provider_id=message_id if accepted and isinstance(message_id, str) else None,
    )


def judge_result(code: int, text: str) -> Judgement:
    """Judge one ErrorCode; a code we do not know is this message's fault."""
    if code == 0:
        return Verdict.ACCEPTED, None
    if code == INVALID_EMAIL:
        if _BAD_RECIPIENT.match(text):
            return Verdict.FAILED, Blame.ADDRESS
        if _BAD_SENDER.match(text):
            return Verdict.DEFERRED, Blame.SENDER
    return _JUDGEMENTS.get(code, (Verdict.FAILED, Blame.MESSAGE))


def _headers(parts: MessageParts) -> list[dict[str, str]]:
    headers = [
        {"Name": name, "Value": value}
        for name, value in parts.headers
        if name.lower() not in _OWN_HEADERS
    ]
    if any(header["Name"].lower() == "message-id" for header in headers):
        # Else Postmark replaces our Message-ID, which bounces and events are matched by.
        headers.append({"Name": "X-PM-KeepID", "Value": "true"})
    return headers
