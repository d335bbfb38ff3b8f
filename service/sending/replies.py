"""What a provider's answer means: an SMTP reply by its stage, an HTTP result by its status.

The tables are those of docs/providers/smtp.md and docs/providers/postmark.md. Nothing here talks to
anybody; the same answer always gives the same outcome.
"""

import re
from functools import lru_cache
from typing import Final

from service.rendering.message import OutgoingMessage
from service.sending.outcome import LONGEST_REPLY, Blame, Outcome, Verdict

SESSION_STAGES: Final = frozenset({"connect", "greeting", "ehlo", "starttls", "auth"})
CLOSING: Final = 421  # RFC 5321 3.8: the server shuts the channel, whatever it was asked
SIGN_IN_FIRST: Final = 530
STORAGE_EXCEEDED: Final = 552
REFUSED: Final = 554
LONGEST_WAIT: Final = 86_400.0

_MAYBE_TAKEN: Final = frozenset({408, 409})
_BAD_PAYLOAD: Final = frozenset({400, 413, 422})
_SERVER_FAULT: Final = 500

_NO_SUCH_MAILBOX: Final = frozenset({550, 551, 553})
_TOO_BIG: Final = frozenset({"2.3", "3.4"})  # RFC 3463, without the class
_FULL: Final = "2.2"
_BAD_SENDER: Final = frozenset({"1.7", "1.8"})

_ENHANCED = re.compile(r"[245]\.\d{1,3}\.\d{1,3}(?=\s|$)")
_QUEUED = re.compile(r"queued as ([\w.-]{4,64})", re.IGNORECASE)
_GREYLISTED = re.compile(r"gr[ea]y-?list", re.IGNORECASE)
_POLICY = re.compile(
    r"spam|block|black|deny|denied|polic|reputation|\brbl\b|dnsbl|relay|spf|dkim|dmarc|banned"
    r"|prohibited|unsolicited|\brate\b|reject(?:ed)? due to",
    re.IGNORECASE,
)

Judgement = tuple[Verdict, Blame | None]


def smtp_outcome(message: OutgoingMessage, stage: str, code: int, text: str) -> Outcome:
    """Return what this reply at this stage means for this message."""
    verdict, blame, enhanced, reply, provider_id = _read(stage, code, text)
    return Outcome(
        delivery_id=message.delivery_id,
        attempt=message.attempt,
        verdict=verdict,
        stage=stage,
        blame=blame,
        code=code,
        enhanced=enhanced,
        reply=reply,
        provider_id=provider_id,
    )


@lru_cache(maxsize=256)  # some servers say the same to everybody
def _read(
    stage: str, code: int, text: str
) -> tuple[Verdict, Blame | None, str | None, str, str | None]:
    """Return verdict, blame, enhanced code, what to store of the text, and the provider's id."""
    enhanced = enhanced_code(text)
    verdict, blame = judge_smtp(stage, code, enhanced, text)
    queued = _QUEUED.search(text) if verdict is Verdict.ACCEPTED else None
    return verdict, blame, enhanced, printable(text), queued[1] if queued else None


def judge_smtp(stage: str, code: int, enhanced: str | None, text: str = "") -> Judgement:
    """Judge one SMTP reply; `stage` is where in the dialogue it came."""
    if stage in SESSION_STAGES:
        # Never a subscriber's fault, not even a 554 greeting or a 535: nobody gets through.
        return Verdict.DEFERRED, Blame.ROUTE
    if code == CLOSING:
        return _closing(stage, enhanced)
    detail = enhanced[2:] if enhanced else ""
    # An answer the protocol does not know here; after the dot it may mean anything.
    judgement: Judgement = (
        Verdict.IN_DOUBT if stage == "dot" else Verdict.DEFERRED,
        Blame.ROUTE,
    )
    match code // 100, stage:
        case 2, "dot":
            return Verdict.ACCEPTED, None
        case 4, _:
            judgement = Verdict.DEFERRED, _temporary_blame(stage, detail, text)
        case 5, "mail":
            judgement = _mail_refused(code, detail)
        case 5, _:
            judgement = _permanent(stage, code, detail, text)
    return judgement


def judge_http(status: int) -> Judgement:
    """Judge the status of a whole call; 2xx is settled message by message, never here."""
    if status in _MAYBE_TAKEN or status >= _SERVER_FAULT:
        return Verdict.IN_DOUBT, Blame.ROUTE
    if status in _BAD_PAYLOAD:
        return Verdict.FAILED, Blame.MESSAGE
    return Verdict.DEFERRED, Blame.ROUTE  # 401, 403, 404, 429, a redirect: nothing was taken


def retry_after(header: str | None) -> float | None:
    """Read a Retry-After in seconds; its form as a date is left alone."""
    if header is None or not header.strip().isdecimal():
        return None
    return min(float(header), LONGEST_WAIT)


def lost(
    message: OutgoingMessage,
    stage: str,
    reason: str,
    *,
    code: int | None = None,
    in_doubt: bool = False,
) -> Outcome:
    """Return the outcome of a dialogue that ended without an answer for this message."""
    return Outcome(
        delivery_id=message.delivery_id,
        attempt=message.attempt,
        verdict=Verdict.IN_DOUBT if in_doubt else Verdict.DEFERRED,
        stage=stage,
        blame=Blame.ROUTE,
        code=code,
        enhanced=enhanced_code(reason),
        reply=printable(reason),
    )


def not_begun(message: OutgoingMessage, stage: str, reason: str = "") -> Outcome:
    """Return the outcome of a message of which no content byte left us."""
    return Outcome(
        delivery_id=message.delivery_id,
        attempt=message.attempt,
        verdict=Verdict.NOT_BEGUN,
        stage=stage,
        reply=printable(reason),
    )


def refused_here(message: OutgoingMessage, stage: str, blame: Blame, reason: str) -> Outcome:
    """Return the outcome of a message we ourselves would not hand over."""
    return Outcome(
        delivery_id=message.delivery_id,
        attempt=message.attempt,
        # A fault of our set-up can be mended while the brief still has time; others cannot.
        verdict=Verdict.DEFERRED if blame is Blame.SENDER else Verdict.FAILED,
        stage=stage,
        blame=blame,
        reply=printable(reason),
    )


def enhanced_code(text: str) -> str | None:
    """Return the RFC 3463 code a reply text opens with, such as "5.1.1"."""
    found = _ENHANCED.match(text)
    return found[0] if found else None


def printable(text: str) -> str:
    """Make foreign text safe to store and show: one line, no control characters, not long."""
    if len(text) > LONGEST_REPLY:
        text = text[: LONGEST_REPLY - 1] + "…"
    if text.isprintable():
        return text
    return "".join(character if character.isprintable() else " " for character in text)


def _temporary_blame(stage: str, detail: str, text: str) -> Blame:
    if detail.startswith("7."):
        return Blame.MAILBOX if _GREYLISTED.search(text) else Blame.SENDER
    if detail == "3.2" or (stage != "rcpt" and detail.startswith(("3.", "4."))):
        return Blame.ROUTE  # the host itself is unwell; at RCPT it may speak of the recipient's
    if detail.startswith("6.") or detail == "2.3":
        return Blame.MESSAGE
    return Blame.SENDER if stage == "mail" else Blame.MAILBOX


def _closing(stage: str, enhanced: str | None) -> Judgement:
    if stage == "dot":
        return Verdict.IN_DOUBT, Blame.ROUTE  # it shuts down: whether it kept the message is open
    is_policy = enhanced is not None and enhanced.startswith("4.7.")
    return Verdict.DEFERRED, Blame.SENDER if is_policy else Blame.ROUTE


def _mail_refused(code: int, detail: str) -> Judgement:
    if code == STORAGE_EXCEEDED or detail in _TOO_BIG:
        return Verdict.FAILED, Blame.MESSAGE
    if code == SIGN_IN_FIRST:
        return Verdict.DEFERRED, Blame.ROUTE
    # Our own address or standing: nobody's brief is lost by it, it waits for somebody to mend it.
    return Verdict.DEFERRED, Blame.SENDER


def _permanent(stage: str, code: int, detail: str, text: str) -> Judgement:
    if detail == _FULL:
        return Verdict.DEFERRED, Blame.MAILBOX
    if detail in _TOO_BIG or detail.startswith("6."):
        return Verdict.FAILED, Blame.MESSAGE
    if code == STORAGE_EXCEEDED and stage == "rcpt":
        return Verdict.DEFERRED, Blame.MAILBOX  # an old way of saying 452: RFC 5321 4.5.3.1.10
    return Verdict.FAILED, _permanent_blame(stage, code, detail, text)


def _permanent_blame(stage: str, code: int, detail: str, text: str) -> Blame:
    if detail:
        if detail in _BAD_SENDER:
            return Blame.SENDER
        by_subject = {"1": Blame.ADDRESS, "2": Blame.MAILBOX, "4": Blame.MAILBOX, "7": Blame.SENDER}
        if (blame := by_subject.get(detail[0])) is not None:
            return blame
    if code == STORAGE_EXCEEDED:
        return Blame.MESSAGE  # after the dot: too big
    if code == REFUSED or _POLICY.search(text):
        return Blame.SENDER
    if stage == "rcpt" and code in _NO_SUCH_MAILBOX:
        return Blame.ADDRESS
    return Blame.MESSAGE if stage == "dot" else Blame.SENDER
