"""End a subscription when its person says so, and take that back when it was a slip."""

import datetime as dt
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.audience.models import Consent, Subscription, SubscriptionStatus
from service.errors import ConflictError, NotFoundError

UNDO_WITHIN = dt.timedelta(hours=24)  # later, coming back is a new consent, not an undo


class UnsubscribeSource(StrEnum):
    """How somebody told us."""

    ONE_CLICK = "one_click"  # their mail program did, RFC 8058
    PAGE = "unsubscribe_page"  # they pressed the button on our page
    MAIL = "unsubscribe_mail"  # they, or their mail program, wrote to the address of our headers


def unsubscribe(
    session: Session, *, subscription_id: int, source: UnsubscribeSource, now: dt.datetime
) -> bool:
    """End a subscription; return False when it had ended before, or is no longer known.

    Briefs planned for it already are stopped when the sender claims them.
    """
    subscription = _held(session, subscription_id)
    if subscription is None or subscription.status == SubscriptionStatus.UNSUBSCRIBED:
        return False
    subscription.status = SubscriptionStatus.UNSUBSCRIBED
    subscription.ended_at = now
    subscription.next_due_at = None
    session.add(
        Consent(subscription_id=subscription_id, act="withdrawn", source=source, happened_at=now)
    )
    session.flush()
    return True


def resubscribe(session: Session, *, subscription_id: int, now: dt.datetime) -> bool:
    """Take an unsubscribe back; return False when there was none.

    `next_due_at` stays empty: the planner gives the subscription its next hour. Raises
    `ConflictError` when the time for second thoughts is over.
    """
    subscription = _held(session, subscription_id)
    if subscription is None:
        raise NotFoundError("this subscription is no longer known to us")
    if subscription.status != SubscriptionStatus.UNSUBSCRIBED:
        return False
    if not may_undo(subscription, now=now):
        raise ConflictError("an unsubscribe can be taken back for a day, and that day is over")
    subscription.status = SubscriptionStatus.ACTIVE
    subscription.ended_at = None
    subscription.next_due_at = None
    session.add(
        Consent(subscription_id=subscription_id, act="given", source="undo", happened_at=now)
    )
    session.flush()
    return True


def may_undo(subscription: Subscription, *, now: dt.datetime) -> bool:
    """Whether an ended subscription may still be taken up again with a tap."""
    ended_at = subscription.ended_at
    return ended_at is not None and now - ended_at <= UNDO_WITHIN


def _held(session: Session, subscription_id: int) -> Subscription | None:
    return session.scalar(
        select(Subscription).where(Subscription.id == subscription_id).with_for_update()
    )
