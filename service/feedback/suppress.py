"""What a provider's word does to an address: stop its mail, allow it again, end a subscription."""

import datetime as dt

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from service.audience.leave import unsubscribe
from service.audience.models import (
    Consent,
    Subscriber,
    Subscription,
    SubscriptionStatus,
    Suppression,
)
from service.db.bulk import insert_ignoring
from service.feedback.event_models import DeliveryEvent
from service.feedback.standing import Stop, StopReason, Word, stop_of
from service.feedback.values import EventKind

_DECIDES = (
    EventKind.BOUNCED,
    EventKind.COMPLAINED,
    EventKind.UNSUBSCRIBED,
    EventKind.RESUBSCRIBED,
)


def queue_up(session: Session, mark: str) -> None:
    """Let events about one address be applied one after the other (SQLite does so by itself)."""
    if session.get_bind().dialect.name == "postgresql":
        number = int(mark[:15], 16)  # fits a bigint
        session.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": number})


def weigh_anew(
    session: Session, *, provider: str, address_key: str, marks: list[str], lifts: bool
) -> None:
    """Bring the suppression of an address in line with all that `provider` has said of it.

    A word that lifts takes back only what the same provider had us do: a suppression that an admin
    or our own sending made stays theirs. One that an admin has lifted is not made again until the
    provider says something new against the address.
    """
    there = session.get(Suppression, address_key)
    if lifts and (there is None or there.source != provider):
        return
    stop = stop_of(_words(session, provider, marks))
    if stop is None:
        if there is not None and there.source == provider:
            session.delete(there)
    elif there is None:
        row = {"address_key": address_key, "source": provider, **_told(stop)}
        insert_ignoring(session, Suppression, [row])
    elif there.source == provider or (
        stop.reason is StopReason.COMPLAINED and there.reason != StopReason.COMPLAINED
    ):
        there.source = provider
        for name, value in _told(stop).items():
            setattr(there, name, value)
    session.flush()


def end_subscriptions(
    session: Session,
    *,
    address_key: str,
    subscription_id: int | None,
    provider: str,
    happened_at: dt.datetime,
    now: dt.datetime,
) -> None:
    """End what somebody left at the provider: one subscription, or all when it is not known which.

    Whoever has asked for a list again since then keeps it, however late the word comes.
    """
    asked_again = (
        select(Consent.id)
        .where(
            Consent.subscription_id == Subscription.id,
            Consent.act == "given",
            Consent.happened_at > happened_at,
        )
        .exists()
    )
    wanted = (
        select(Subscription.id)
        .join(Subscriber, Subscriber.id == Subscription.subscriber_id)
        .where(
            Subscriber.address_key == address_key
            if subscription_id is None
            else Subscription.id == subscription_id,
            Subscription.status != SubscriptionStatus.UNSUBSCRIBED.value,
            Subscription.created_at <= happened_at,
            ~asked_again,
        )
        .order_by(Subscription.id)
    )
    for found in session.scalars(wanted).all():
        unsubscribe(session, subscription_id=found, source=provider, now=now)


def _words(session: Session, provider: str, marks: list[str]) -> list[Word]:
    rows = session.execute(
        select(
            DeliveryEvent.kind,
            DeliveryEvent.bounce,
            DeliveryEvent.origin,
            DeliveryEvent.happened_at,
            DeliveryEvent.detail,
        ).where(
            DeliveryEvent.provider == provider,
            DeliveryEvent.recipient.in_(marks),
            DeliveryEvent.kind.in_([kind.value for kind in _DECIDES]),
        )
    )
    return [
        Word(
            kind=row.kind,
            bounce=row.bounce,
            origin=row.origin,
            happened_at=row.happened_at,
            detail=row.detail,
        )
        for row in rows
    ]


def _told(stop: Stop) -> dict[str, object]:
    return {"reason": stop.reason.value, "since": stop.since, "detail": stop.detail}
