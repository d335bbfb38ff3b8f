"""Change when and how much somebody is sent; say what exactly has changed."""

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.audience.models import (
    EVERY_DAY,
    Frequency,
    QuietDay,
    Subscription,
    SubscriptionStatus,
)
from service.errors import ConflictError, NotFoundError

_MOVES_THE_HOUR = frozenset({"timezone", "hour", "frequency", "days"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """How somebody wants one list, all of it as it shall be."""

    timezone: str
    hour: int
    frequency: Frequency
    days: int = EVERY_DAY  # of `days`, or the one of `weekly`
    picks: int | None = None
    quiet_day: QuietDay = QuietDay.FEWER


def held_subscription(session: Session, *, list_id: int, subscriber_id: int) -> Subscription:
    """Return a person's subscription of a list, held until the end of the transaction.

    Raises `NotFoundError` when they have none, `ConflictError` when they have left.
    """
    found = session.scalar(
        select(Subscription)
        .where(Subscription.list_id == list_id, Subscription.subscriber_id == subscriber_id)
        .with_for_update()
    )
    if found is None:
        raise NotFoundError("this list is not one of yours")
    if found.status == SubscriptionStatus.UNSUBSCRIBED:
        raise ConflictError("you have left this list, so there is nothing to change on it")
    return found


def change_wish(session: Session, subscription: Subscription, wish: Wish) -> frozenset[str]:
    """Write the wish down; return the names of what is different now.

    The planner computes the next moment anew when hour, zone or days have changed.
    """
    changed = set()
    for name in ("timezone", "hour", "frequency", "days", "picks", "quiet_day"):
        wanted = getattr(wish, name)
        if getattr(subscription, name) != wanted:
            setattr(subscription, name, wanted)
            changed.add(name)
    if changed & _MOVES_THE_HOUR:
        subscription.next_due_at = None
    session.flush()
    return frozenset(changed)


def pause(session: Session, subscription: Subscription, *, until: dt.date | None) -> bool:
    """Stop briefs until a date, or for good; return False when it was so already.

    A brief planned for today is stopped, too, unless it is on its way.
    """
    paused = SubscriptionStatus.PAUSED.value
    if subscription.status == paused and subscription.paused_until == until:
        return False
    if subscription.status == SubscriptionStatus.PENDING:
        raise ConflictError("this list waits for you to confirm it, so there is nothing to pause")
    subscription.status = paused
    subscription.paused_until = until
    subscription.next_due_at = None
    session.flush()
    return True


def resume(session: Session, subscription: Subscription) -> bool:
    """Send briefs again; return False when nothing was paused."""
    if subscription.status != SubscriptionStatus.PAUSED:
        return False
    subscription.status = SubscriptionStatus.ACTIVE.value
    subscription.paused_until = None
    subscription.next_due_at = None
    session.flush()
    return True
