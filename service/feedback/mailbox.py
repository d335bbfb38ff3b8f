"""What a brief's mailbox did with it: the strongest thing heard, in whatever order it was told.

Pure. The states have a rank and only a higher one takes the place of a lower one, so events that
come twice, late or in any order end in the same state; "delivered" never hides a complaint.
"""

from enum import StrEnum

from service.feedback.values import Bounce, EventKind


class MailboxState(StrEnum):
    """What is known beyond our own hand-over, weakest first."""

    DEFERRED = "deferred"  # on its way: the provider goes on trying
    BOUNCED_TRANSIENT = "bounced_transient"  # refused for now
    DELIVERED = "delivered"
    BOUNCED_PERMANENT = "bounced_permanent"  # outranks delivered: some servers accept, then refuse
    COMPLAINED = "complained"


_RANKED = list(MailboxState)
_BY_KIND = {
    EventKind.DEFERRED: MailboxState.DEFERRED,
    EventKind.DELIVERED: MailboxState.DELIVERED,
    EventKind.OPENED: MailboxState.DELIVERED,  # it was there to be opened
    EventKind.CLICKED: MailboxState.DELIVERED,
    EventKind.COMPLAINED: MailboxState.COMPLAINED,
}


def state_told(kind: EventKind, bounce: Bounce | None) -> MailboxState | None:
    """Return the state an event speaks of, or None when it says nothing of the mailbox."""
    if kind is EventKind.BOUNCED:
        permanent = bounce is Bounce.PERMANENT
        return MailboxState.BOUNCED_PERMANENT if permanent else MailboxState.BOUNCED_TRANSIENT
    return _BY_KIND.get(kind)


def weaker_than(state: MailboxState) -> list[MailboxState]:
    """Return the states that `state` takes the place of, for the guard of an update."""
    return _RANKED[: _RANKED.index(state)]
