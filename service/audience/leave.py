"""End a subscription because the person wants it so: at once, and once."""

import datetime as dt

from sqlalchemy import update
from sqlalchemy.orm import Session

from service.audience.models import Consent, Subscription, SubscriptionStatus


def unsubscribe(session: Session, *, subscription_id: int, source: str, now: dt.datetime) -> bool:
    """End a subscription and keep the proof; return False when it had ended before.

    `source` says how the person told us: `one_click`, `unsubscribe_page`, `complaint`.
    """
    left = session.execute(
        update(Subscription)
        .where(
            Subscription.id == subscription_id,
            Subscription.status != SubscriptionStatus.UNSUBSCRIBED,
        )
        .values(status=SubscriptionStatus.UNSUBSCRIBED.value, next_due_at=None, ended_at=now)
        .returning(Subscription.id)
    ).scalar_one_or_none()
    if left is None:
        return False
    session.add(Consent(subscription_id=left, act="withdrawn", source=source, happened_at=now))
    return True
