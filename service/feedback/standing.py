"""Whether an address may be written to, from all that one provider ever said of it.

Pure, and made anew from the whole set each time: the order of arrival cannot matter. A complaint
holds for good; a permanent bounce or a suppression by hand holds until the provider is told, later
by its own clock, to mail the address again.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from service.feedback.values import Bounce, EventKind, Origin


class StopReason(StrEnum):
    """Why an address is never written to; strongest first."""

    COMPLAINED = "complained"
    BOUNCED = "bounced"
    BY_HAND = "by hand"


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """As much of an event as decides about its address."""

    kind: str
    bounce: str | None
    origin: str | None
    happened_at: dt.datetime
    detail: str


@dataclass(frozen=True, slots=True)
class Stop:
    """An address is not to be written to: why, since when, in whose words."""

    reason: StopReason
    since: dt.datetime
    detail: str


def stop_of(words: Iterable[Word]) -> Stop | None:
    """Return what stops mail to an address, or None when nothing does (any more)."""
    words = list(words)
    lifted_at = max(
        (w.happened_at for w in words if w.kind == EventKind.RESUBSCRIBED), default=None
    )
    stops = [
        Stop(reason, word.happened_at, word.detail)
        for word in words
        if (reason := reason_to_stop(word.kind, word.bounce, word.origin)) is not None
        and (reason is StopReason.COMPLAINED or lifted_at is None or word.happened_at >= lifted_at)
    ]
    strength = list(StopReason)
    return min(stops, key=lambda s: (strength.index(s.reason), s.since, s.detail), default=None)


def reason_to_stop(kind: str, bounce: str | None, origin: str | None) -> StopReason | None:
    """Return why such an event stops all mail to its address, or None when it does not.

    Somebody who unsubscribed leaves a list; that stops no other mail they asked for.
    """
    if kind == EventKind.COMPLAINED:
        return StopReason.COMPLAINED
    if kind == EventKind.BOUNCED and bounce == Bounce.PERMANENT:
        return StopReason.BOUNCED
    if kind == EventKind.UNSUBSCRIBED and origin != Origin.RECIPIENT:
        return StopReason.BY_HAND
    return None
