"""The states of a delivery and the one table of what may follow what.

Pure; statements guard themselves with `may_come_from`, so that no state is reached any other way.
"""

from enum import StrEnum


class DeliveryState(StrEnum):
    """Where a brief (or notice) stands with us; what its mailbox did is a separate matter."""

    PLANNED = "planned"  # frozen and owed; nothing was sent
    SENDING = "sending"  # marked before the first content byte: the outcome may be unknown
    DEFERRED = "deferred"  # known not sent; tried again at next_at
    ACCEPTED = "accepted"  # the provider took responsibility
    FAILED = "failed"  # known not sent, for good
    SUPPRESSED = "suppressed"  # the address must not be written to
    CANCELLED = "cancelled"  # the person left, or the edition was cancelled, before it was sent
    IN_DOUBT = "in_doubt"  # it may have been sent; waits for evidence, never repeated blindly
    UNKNOWN = "unknown"  # no evidence came in time; stays as a small visible figure
    EXPIRED = "expired"  # its time was over before it could be sent
    SKIPPED = "skipped"  # due, and for a stated reason nothing was planned


class SkipReason(StrEnum):
    """Why a due subscription got no brief."""

    QUIET_DAY = "quiet_day"  # nothing fresh that they have not had
    TOO_LATE = "too_late"  # found after the list's lateness limit
    SUPPRESSED = "suppressed"  # the address is on the suppression list
    EDITION_CANCELLED = "edition_cancelled"  # the edition was cancelled before they came due


_FOLLOWS: dict[DeliveryState, frozenset[DeliveryState]] = {
    DeliveryState.PLANNED: frozenset(
        {
            DeliveryState.SENDING,
            DeliveryState.SUPPRESSED,
            DeliveryState.CANCELLED,
            DeliveryState.FAILED,  # its rendering failed, three times
            DeliveryState.EXPIRED,
            DeliveryState.IN_DOUBT,  # the store is an older copy: it may have been sent since
        }
    ),
    DeliveryState.DEFERRED: frozenset(
        {
            DeliveryState.SENDING,
            DeliveryState.SUPPRESSED,
            DeliveryState.CANCELLED,
            DeliveryState.FAILED,
            DeliveryState.EXPIRED,
            DeliveryState.IN_DOUBT,  # as above
        }
    ),
    DeliveryState.SENDING: frozenset(
        {
            DeliveryState.ACCEPTED,
            DeliveryState.DEFERRED,
            DeliveryState.FAILED,
            DeliveryState.IN_DOUBT,
            DeliveryState.PLANNED,  # its owner says it was never begun
        }
    ),
    DeliveryState.IN_DOUBT: frozenset(
        {
            DeliveryState.ACCEPTED,
            DeliveryState.FAILED,
            DeliveryState.DEFERRED,  # a late report of the same attempt: known not sent
            DeliveryState.PLANNED,  # proof of absence
            DeliveryState.UNKNOWN,
        }
    ),
}

TERMINAL = frozenset(state for state in DeliveryState if state not in _FOLLOWS)
OPEN = frozenset(_FOLLOWS)
CLAIMABLE = frozenset({DeliveryState.PLANNED, DeliveryState.DEFERRED})


def may_follow(state: DeliveryState, after: DeliveryState) -> bool:
    """Whether a delivery in `after` may go to `state`."""
    return state in _FOLLOWS.get(after, frozenset())


def may_come_from(state: DeliveryState) -> list[DeliveryState]:
    """Return the states from which `state` may be reached, for the guard of an update."""
    return [before for before, following in _FOLLOWS.items() if state in following]
