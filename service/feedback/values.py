"""What somebody outside told us of a mail, in words that no longer know who told. Pure."""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum


class EventKind(StrEnum):
    """What happened to a mail, or to an address, after it left us."""

    DELIVERED = "delivered"  # the receiving server took it
    DEFERRED = "deferred"  # the provider has it and goes on trying
    BOUNCED = "bounced"  # refused; Bounce says for how long
    COMPLAINED = "complained"  # "this is spam" was pressed
    OPENED = "opened"
    CLICKED = "clicked"
    UNSUBSCRIBED = "unsubscribed"  # the provider will not mail this address; Origin says whose wish
    RESUBSCRIBED = "resubscribed"  # the provider mails this address again
    UNKNOWN = "unknown"  # something we have no word for: kept, and nothing follows from it


class Bounce(StrEnum):
    """How long a refusal holds."""

    PERMANENT = "permanent"
    TRANSIENT = "transient"


class Origin(StrEnum):
    """Whose wish a change of subscription was."""

    RECIPIENT = "recipient"  # the person's
    CUSTOMER = "customer"  # ours, by hand at the provider
    PROVIDER = "provider"  # the provider's own


@dataclass(frozen=True, slots=True)
class Reference:
    """The hand-over that an event is about, as we named it to the provider."""

    delivery_id: int
    attempt: int
    is_notice: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldEvent:
    """One fact from outside; `key` is the same whenever the same fact is told."""

    provider: str
    key: str
    kind: EventKind
    bounce: Bounce | None = None
    origin: Origin | None = None
    reference: Reference | None = None
    recipient: str | None = None  # as it was told; never stored so
    provider_id: str | None = None
    detail: str = ""  # the other side's words, without addresses
    happened_at: dt.datetime | None = None
    raw: str = "{}"  # what is kept of the report: JSON without what tells who it is about


_PROOF = frozenset(
    {
        EventKind.DELIVERED,
        EventKind.DEFERRED,
        EventKind.BOUNCED,
        EventKind.COMPLAINED,
        EventKind.OPENED,
        EventKind.CLICKED,
    }
)


def proves_acceptance(kind: str, origin: str | None) -> bool:
    """Whether a provider cannot say this of a message it has never taken."""
    return kind in _PROOF or (kind == EventKind.UNSUBSCRIBED and origin == Origin.RECIPIENT)
