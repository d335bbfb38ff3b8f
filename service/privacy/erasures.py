"""Ask to be forgotten, and think again: until it is due, one tap takes it back."""

import datetime as dt

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from service.audience.models import Subscription, SubscriptionStatus
from service.privacy.models import Erasure

TIME_TO_THINK = dt.timedelta(minutes=5)


def ask_erasure(session: Session, *, subscriber_id: int, now: dt.datetime) -> Erasure:
    """Write down that somebody wants to be forgotten, and stop their briefs at once.

    Asked twice it is due when it was; call it with the person's row held.
    """
    asked = session.get(Erasure, subscriber_id)
    if asked is not None:
        return asked
    active = sorted(
        session.scalars(
            update(Subscription)
            .where(
                Subscription.subscriber_id == subscriber_id,
                Subscription.status == SubscriptionStatus.ACTIVE.value,
            )
            .values(status=SubscriptionStatus.PAUSED.value, next_due_at=None, paused_until=None)
            .returning(Subscription.id)
            .execution_options(synchronize_session=False)
        )
    )
    asked = Erasure(
        subscriber_id=subscriber_id,
        asked_at=now,
        due_at=now + TIME_TO_THINK,
        resumes=",".join(map(str, active)),
    )
    session.add(asked)
    session.flush()
    return asked


def take_back_erasure(session: Session, *, subscriber_id: int) -> bool:
    """Leave everything as it was before; return False when nothing was asked, or it is done."""
    asked = session.get(Erasure, subscriber_id)
    if asked is None:
        return False
    session.execute(
        update(Subscription)
        .where(
            Subscription.id.in_([int(number) for number in asked.resumes.split(",") if number]),
            Subscription.subscriber_id == subscriber_id,
            Subscription.status == SubscriptionStatus.PAUSED.value,
        )
        .values(status=SubscriptionStatus.ACTIVE.value)
        .execution_options(synchronize_session=False)
    )
    session.delete(asked)
    session.flush()
    return True


def erasure_of(session: Session, *, subscriber_id: int) -> Erasure | None:
    """Return what somebody has asked for and may still take back."""
    return session.get(Erasure, subscriber_id)


def due_erasures(session: Session, *, now: dt.datetime, limit: int) -> list[int]:
    """Return the people whose time to think is over, oldest first."""
    statement = select(Erasure.subscriber_id).where(Erasure.due_at <= now)
    return list(session.scalars(statement.order_by(Erasure.due_at).limit(limit)))
