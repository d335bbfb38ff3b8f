"""Take down why somebody left, and learn from it what can be learned."""

import datetime as dt
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from service.audience.models import Subscription, SubscriptionStatus
from service.editions.models import Brief
from service.feedback.departure_models import Departure, DepartureReason
from service.feedback.learn import learn, unlearn
from service.rendering.clip import cleaned

LONGEST_WORDS = 500


class LeftBy(NamedTuple):
    """The brief whose link somebody left by."""

    local_date: dt.date
    brief_id: int


def give_reason(
    session: Session,
    *,
    subscription_id: int,
    reason: DepartureReason,
    words: str,
    left_by: LeftBy,
    now: dt.datetime,
) -> bool:
    """Write the reason down; return False for whoever has not left, or is no longer known.

    What somebody left as not relevant counts a little against the insights of the brief they left
    by: they may come back, and others are like them.
    """
    subscription = session.get(Subscription, subscription_id, with_for_update=True)
    if subscription is None or subscription.status != SubscriptionStatus.UNSUBSCRIBED:
        return False
    _forget(session, subscription, now=now)
    session.add(
        Departure(
            subscription_id=subscription_id,
            reason=reason.value,
            words=cleaned(words)[:LONGEST_WORDS],
            local_date=left_by.local_date,
            brief_id=left_by.brief_id,
            happened_at=now,
        )
    )
    session.flush()
    if reason is DepartureReason.NOT_RELEVANT:
        for insight_id in _picks(session, left_by):
            learn(session, subscription.subscriber_id, insight_id, "left", now)
    return True


def take_reason_back(session: Session, *, subscription_id: int, now: dt.datetime) -> None:
    """Forget why somebody left who stays after all, and what was learned from it."""
    subscription = session.get(Subscription, subscription_id)
    if subscription is not None:
        _forget(session, subscription, now=now)


def reason_given(session: Session, *, subscription_id: int) -> DepartureReason | None:
    """Return why somebody left, if they said so."""
    found = session.get(Departure, subscription_id)
    return None if found is None else DepartureReason(found.reason)


def reasons_given(session: Session, *, since: dt.datetime) -> list[tuple[str, int]]:
    """Return how often each reason was given, the most frequent first."""
    rows = session.execute(
        select(Departure.reason, func.count())
        .where(Departure.happened_at >= since)
        .group_by(Departure.reason)
        .order_by(func.count().desc(), Departure.reason)
    )
    return [(reason, count) for reason, count in rows]


def _forget(session: Session, subscription: Subscription, *, now: dt.datetime) -> None:
    before = session.get(Departure, subscription.id)
    if before is None:
        return
    if before.reason == DepartureReason.NOT_RELEVANT and before.local_date and before.brief_id:
        for insight_id in _picks(session, LeftBy(before.local_date, before.brief_id)):
            unlearn(session, subscription.subscriber_id, insight_id, "left", now)
    session.delete(before)
    session.flush()


def _picks(session: Session, left_by: LeftBy) -> list[int]:
    picks = session.scalar(
        select(Brief.picks).where(
            Brief.local_date == left_by.local_date, Brief.id == left_by.brief_id
        )
    )
    return [pick[0] for pick in picks or ()]
