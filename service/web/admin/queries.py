"""Every SELECT of the admin pages."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from service.audience.models import (
    NewsletterList,
    Subscriber,
    Subscription,
    SubscriptionStatus,
    Suppression,
)
from service.editions.models import Tick


@dataclass(frozen=True, slots=True)
class ListRow:
    """A list and its people, counted."""

    list: NewsletterList
    active: int
    others: int  # pending, paused or gone
    next_due_at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class PersonRow:
    """A person and what they get."""

    subscriber: Subscriber
    subscriptions: Sequence[tuple[Subscription, str]]  # with the list's name
    suppressed: str | None  # why they are never written to


def list_rows(session: Session) -> list[ListRow]:
    """Return all lists by name."""
    counts: dict[int, dict[str, int]] = {}
    next_due: dict[int, dt.datetime] = {}
    grouped = session.execute(
        select(
            Subscription.list_id,
            Subscription.status,
            func.count(),
            func.min(Subscription.next_due_at),
        ).group_by(Subscription.list_id, Subscription.status)
    )
    for list_id, status, number, due_at in grouped:
        counts.setdefault(list_id, {})[status] = number
        if status == SubscriptionStatus.ACTIVE and due_at is not None:
            next_due[list_id] = due_at
    return [
        ListRow(
            list=found,
            active=counts.get(found.id, {}).get(SubscriptionStatus.ACTIVE, 0),
            others=sum(
                number
                for status, number in counts.get(found.id, {}).items()
                if status != SubscriptionStatus.ACTIVE
            ),
            next_due_at=next_due.get(found.id),
        )
        for found in session.scalars(select(NewsletterList).order_by(NewsletterList.name))
    ]


def people_page(session: Session, *, search: str, after_id: int, limit: int) -> list[PersonRow]:
    """Return the next people by id whose address or name holds `search`."""
    statement = (
        select(Subscriber, Suppression.reason)
        .outerjoin(Suppression, Suppression.address_key == Subscriber.address_key)
        .where(Subscriber.id > after_id)
        .order_by(Subscriber.id)
        .limit(limit)
    )
    if search:
        statement = statement.where(
            or_(
                Subscriber.email.icontains(search, autoescape=True),
                Subscriber.name.icontains(search, autoescape=True),
            )
        )
    found = session.execute(statement).all()
    memberships: dict[int, list[tuple[Subscription, str]]] = {}
    rows = session.execute(
        select(Subscription, NewsletterList.name)
        .join(NewsletterList, NewsletterList.id == Subscription.list_id)
        .where(Subscription.subscriber_id.in_([subscriber.id for subscriber, _ in found]))
        .order_by(NewsletterList.name)
    )
    for subscription, name in rows:
        memberships.setdefault(subscription.subscriber_id, []).append((subscription, name))
    return [
        PersonRow(subscriber, memberships.get(subscriber.id, []), reason)
        for subscriber, reason in found
    ]


def due_of(session: Session, *, edition_ids: Sequence[int]) -> dict[int, int]:
    """Return how many were due in each edition, from its ticks: no brief is counted."""
    rows = session.execute(
        select(Tick.edition_id, func.sum(Tick.due))
        .where(Tick.edition_id.in_(edition_ids))
        .group_by(Tick.edition_id)
    )
    return {edition_id: int(number) for edition_id, number in rows}
