"""What became of one hand-over, in words that no longer know the provider."""

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from service.rendering.message import OutgoingMessage

LONGEST_REPLY = 300


class Verdict(StrEnum):
    """What we know after a hand-over; `reference` is the stage tables of docs/architecture.md."""

    ACCEPTED = "accepted"  # the other side took responsibility: SMTP 250 after the dot, HTTP 2xx
    DEFERRED = "deferred"  # known not sent, worth another try
    FAILED = "failed"  # known not sent, for good
    IN_DOUBT = "in_doubt"  # the content may have arrived: never repeat, settle by evidence
    NOT_BEGUN = "not_begun"  # no content byte left us: give it back untouched, burn no attempt


class Blame(StrEnum):
    """Whose fault a refusal is; decides who is stopped."""

    ADDRESS = "address"  # it does not exist (5.1.x): suppress it
    MAILBOX = "mailbox"  # full, disabled, greylisted: this person, this time
    MESSAGE = "message"  # this rendering: too big, refused content
    SENDER = (
        "sender"  # our standing or set-up: policy, sender address; never the subscriber's bounce
    )
    ROUTE = "route"  # host, TLS, sign-in: nobody can be reached this way now


@dataclass(slots=True, kw_only=True)  # not frozen: that would double what making one costs
class Outcome:
    """One message's outcome; `code`, `enhanced` and `reply` are the other side's own words."""

    delivery_id: int
    attempt: int
    verdict: Verdict
    stage: str  # connect … dot of SMTP, request or reply of HTTP, render
    blame: Blame | None = None
    code: int | None = None  # SMTP reply code or HTTP status
    enhanced: str | None = None  # RFC 3463, such as "5.1.1"
    reply: str = ""  # printable, at most LONGEST_REPLY characters
    provider_id: str | None = None
    retry_after_seconds: float | None = None


BeforeContent = Callable[[Sequence[OutgoingMessage], Sequence[Outcome]], bool]
"""Called right before the first content byte of these messages leaves us.

The outcomes are those found since it was called last and not yielded yet. They will be, next and in
this order; told here, they can be written down in the same breath as the beginning.

Returns whether they may begin. False (out of time, journal full, asked to stop) means: begin these
and all later ones of the wave no more, and report them NOT_BEGUN.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a provider is asked afterwards: whether it has taken this attempt."""

    delivery_id: int
    attempt: int
    recipient: str
    since: dt.datetime  # nothing of it was sent before
    is_notice: bool = False


class Transport(Protocol):
    """Hands a wave over. Owns its connections; keeps them open from wave to wave."""

    name: str

    def hand_over(
        self, messages: Sequence[OutgoingMessage], *, before_content: BeforeContent
    ) -> Iterator[Outcome]:
        """Yield exactly one outcome a message, each as soon as it is known, in any order.

        Never raises for what the other side does or fails to do: that is an outcome.
        """
        ...

    def close(self) -> None:
        """End all connections politely, within a second or two."""
        ...
