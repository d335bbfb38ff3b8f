"""Take an act as a sign of life: whatever we slowed down comes back as it was."""

import datetime as dt

from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from service.audience.fatigue_models import SLOWED, Fatigue, FatigueStage, ReaderActivity
from service.audience.models import Frequency, Subscription, SubscriptionStatus
from service.errors import NotFoundError


def note_act(session: Session, subscriber_id: int, *, now: dt.datetime) -> None:
    """Remember that somebody did something of their own, and wake what slept for want of it."""
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    session.execute(
        dialect.insert(ReaderActivity)
        .values(subscriber_id=subscriber_id, acted_at=now)
        .on_conflict_do_update(
            index_elements=[ReaderActivity.subscriber_id], set_={"acted_at": now}
        )
    )
    wake(session, subscriber_id)


def wake(session: Session, subscriber_id: int) -> int:
    """Give a person's slowed subscriptions their rhythm back; return how many there were.

    What they have changed themselves since is theirs and stays.
    """
    slept = session.execute(
        select(Fatigue, Subscription)
        .join(Subscription, Subscription.id == Fatigue.subscription_id)
        .where(
            Subscription.subscriber_id == subscriber_id,
            Fatigue.stage != FatigueStage.QUESTIONED.value,
        )
        .with_for_update(of=Subscription)
    ).all()
    for fatigue, subscription in slept:
        restore(fatigue, subscription)
        session.delete(fatigue)
    session.flush()
    return len(slept)


def restore(fatigue: Fatigue, subscription: Subscription) -> None:
    """Undo on a subscription what its fatigue did to it."""
    was_slowed = fatigue.stage in SLOWED and fatigue.frequency_before is not None
    if was_slowed and subscription.frequency == Frequency.WEEKLY:
        subscription.frequency = fatigue.frequency_before or subscription.frequency
        subscription.next_due_at = None  # the planner computes it anew
    sleeps = subscription.status == SubscriptionStatus.PAUSED and subscription.paused_until is None
    if fatigue.stage == FatigueStage.PAUSED and sleeps:
        subscription.status = SubscriptionStatus.ACTIVE
        subscription.next_due_at = None


def take_weekly(session: Session, subscription_id: int, *, now: dt.datetime) -> None:
    """Send a subscription weekly from now on because its person wants it so."""
    subscription = _awake(session, subscription_id, now=now)
    if subscription.frequency != Frequency.WEEKLY:
        subscription.frequency = Frequency.WEEKLY.value
        subscription.next_due_at = None
    session.flush()


def let_rest(session: Session, subscription_id: int, *, now: dt.datetime) -> None:
    """Pause a subscription because its person wants it so, until they say otherwise."""
    subscription = _awake(session, subscription_id, now=now)
    if subscription.status == SubscriptionStatus.ACTIVE:
        subscription.status = SubscriptionStatus.PAUSED.value
        subscription.next_due_at = None
    session.flush()


def _awake(session: Session, subscription_id: int, *, now: dt.datetime) -> Subscription:
    subscription = session.get(Subscription, subscription_id, with_for_update=True)
    if subscription is None:
        raise NotFoundError("this subscription is no longer known to us")
    note_act(session, subscription.subscriber_id, now=now)
    session.execute(delete(Fatigue).where(Fatigue.subscription_id == subscription_id))
    return subscription
