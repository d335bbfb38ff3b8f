"""Every look at the audience, by name."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import String, func, select
from sqlalchemy.orm import Session, joinedload

from service.audience.addresses import read_address
from service.audience.models import (
    Consent,
    Interest,
    ListTopic,
    NewsletterList,
    Subscriber,
    Subscription,
    Suppression,
)
from service.db.base import BigId
from service.db.bulk import rows_as_table
from service.errors import NotFoundError
from service.insights.models import Topic


@dataclass(frozen=True, slots=True)
class ListOverview:
    """A list, what it is about, and how many people are on it in which state."""

    list: NewsletterList
    topics: Sequence[str]
    people: Mapping[str, int]


class StoredPerson(NamedTuple):
    """A person as an import compares them."""

    id: int
    address_key: str
    name: str
    language: str


class StoredInterest(NamedTuple):
    """An interest as an import compares it."""

    stated: float | None
    learned: float
    learned_on: dt.date | None
    is_chosen: bool


class StoredSubscription(NamedTuple):
    """A subscription as an import compares it."""

    id: int
    subscriber_id: int
    status: str
    timezone: str
    hour: int
    frequency: str
    next_due_at: dt.datetime | None
    ended_at: dt.datetime | None
    paused_until: dt.date | None


def list_by_slug(session: Session, *, slug: str) -> NewsletterList:
    """Return the list; raises `NotFoundError` naming those there are."""
    found = session.scalar(select(NewsletterList).where(NewsletterList.slug == slug))
    if found is not None:
        return found
    known = all_slugs(session)
    there_are = f"there are: {', '.join(known)}" if known else "make one: podbrief lists create"
    raise NotFoundError(f"there is no list {slug!r}; {there_are}")


def all_slugs(session: Session) -> list[str]:
    return list(session.scalars(select(NewsletterList.slug).order_by(NewsletterList.slug)))


def lists_overview(session: Session) -> list[ListOverview]:
    """Return every list by slug."""
    lists = session.scalars(select(NewsletterList).order_by(NewsletterList.slug)).all()
    topics: dict[int, list[str]] = {}
    named = select(ListTopic.list_id, Topic.name).join(Topic, Topic.id == ListTopic.topic_id)
    for list_id, name in session.execute(named.order_by(Topic.name)):
        topics.setdefault(list_id, []).append(name)
    people: dict[int, dict[str, int]] = {}
    counted = select(Subscription.list_id, Subscription.status, func.count())
    for list_id, status, count in session.execute(
        counted.group_by(Subscription.list_id, Subscription.status)
    ):
        people.setdefault(list_id, {})[status] = count
    return [ListOverview(one, topics.get(one.id, []), people.get(one.id, {})) for one in lists]


def list_topic_ids(session: Session, *, list_id: int) -> set[int]:
    """Return what a list is about; nothing means everything."""
    return set(session.scalars(select(ListTopic.topic_id).where(ListTopic.list_id == list_id)))


def subscriber_by_email(session: Session, *, email: str) -> Subscriber | None:
    """Return the person who has this address, however it is spelt.

    Raises `InputError` when it is no address at all.
    """
    key = read_address(email).key
    return session.scalar(select(Subscriber).where(Subscriber.address_key == key))


def existing_subscriber(session: Session, *, email: str) -> Subscriber:
    """Return the person who has this address; raises `NotFoundError` when nobody has."""
    found = subscriber_by_email(session, email=email)
    if found is None:
        raise NotFoundError(f"nobody here has the address {email}")
    return found


def subscription_of(session: Session, *, list_id: int, subscriber_id: int) -> Subscription | None:
    statement = select(Subscription).where(
        Subscription.list_id == list_id, Subscription.subscriber_id == subscriber_id
    )
    return session.scalar(statement)


def subscription_with_list(session: Session, *, subscription_id: int) -> Subscription | None:
    """Return a subscription with its person and list at hand."""
    statement = (
        select(Subscription)
        .where(Subscription.id == subscription_id)
        .options(joinedload(Subscription.list), joinedload(Subscription.subscriber))
    )
    return session.scalar(statement)


def subscriptions_of(session: Session, *, subscriber_id: int) -> list[Subscription]:
    """Return a person's subscriptions with their lists, by slug."""
    statement = (
        select(Subscription)
        .join(Subscription.list)
        .where(Subscription.subscriber_id == subscriber_id)
        .options(joinedload(Subscription.list))
        .order_by(NewsletterList.slug)
    )
    return list(session.scalars(statement))


def interests_of(session: Session, *, subscriber_id: int) -> dict[str, float]:
    """Return the weight of each topic a person has, by the topic's slug."""
    statement = (
        select(Topic.slug, Interest.weight)
        .join(Topic, Topic.id == Interest.topic_id)
        .where(Interest.subscriber_id == subscriber_id)
        .order_by(Interest.weight.desc(), Topic.slug)
    )
    return dict(session.execute(statement).all())


def consents_of(session: Session, *, subscription_id: int) -> list[Consent]:
    """Return the proof of what was asked for, oldest first."""
    statement = (
        select(Consent)
        .where(Consent.subscription_id == subscription_id)
        .order_by(Consent.happened_at, Consent.id)
    )
    return list(session.scalars(statement))


def suppression_of(session: Session, *, address_key: str) -> Suppression | None:
    return session.get(Suppression, address_key)


def people_on_list(
    session: Session, *, list_id: int, after_id: int = 0, limit: int = 100
) -> list[Subscription]:
    """Return a page of subscriptions with their people, by id."""
    statement = (
        select(Subscription)
        .where(Subscription.list_id == list_id, Subscription.id > after_id)
        .options(joinedload(Subscription.subscriber))
        .order_by(Subscription.id)
        .limit(limit)
    )
    return list(session.scalars(statement))


def stored_people(session: Session, *, keys: Sequence[str]) -> dict[str, StoredPerson]:
    """Return those of `keys` who are known, by key."""
    wanted = rows_as_table(session, "wanted", {"key": (String(), keys)})
    statement = select(
        Subscriber.id, Subscriber.address_key, Subscriber.name, Subscriber.language
    ).join(wanted, wanted.c.key == Subscriber.address_key)
    return {row.address_key: StoredPerson._make(row) for row in session.execute(statement)}


def suppressed_among(session: Session, *, keys: Sequence[str]) -> set[str]:
    wanted = rows_as_table(session, "wanted", {"key": (String(), keys)})
    statement = select(Suppression.address_key).join(
        wanted, wanted.c.key == Suppression.address_key
    )
    return set(session.scalars(statement))


def stored_subscriptions(
    session: Session, *, list_id: int, subscriber_ids: Sequence[int]
) -> dict[int, StoredSubscription]:
    """Return subscriptions by person, held until the end of the transaction.

    Held, because one that leaves while we look must not be written over by what we saw.
    """
    wanted = rows_as_table(session, "wanted", {"id": (BigId, subscriber_ids)})
    statement = (
        select(
            Subscription.id,
            Subscription.subscriber_id,
            Subscription.status,
            Subscription.timezone,
            Subscription.hour,
            Subscription.frequency,
            Subscription.next_due_at,
            Subscription.ended_at,
            Subscription.paused_until,
        )
        .join(wanted, wanted.c.id == Subscription.subscriber_id)
        .where(Subscription.list_id == list_id)
        .order_by(Subscription.id)
        .with_for_update(of=Subscription)
    )
    return {row.subscriber_id: StoredSubscription._make(row) for row in session.execute(statement)}


def left_by_import(session: Session, *, subscription_ids: Sequence[int]) -> set[int]:
    """Return those of the subscriptions that an import ended last, and nobody by themselves."""
    wanted = rows_as_table(session, "wanted", {"id": (BigId, subscription_ids)})
    statement = (
        select(Consent.subscription_id, Consent.source)
        .join(wanted, wanted.c.id == Consent.subscription_id)
        .where(Consent.act == "withdrawn")
        .order_by(Consent.happened_at, Consent.id)
    )
    last = dict(session.execute(statement).all())
    return {subscription_id for subscription_id, source in last.items() if source == "import"}


def interests_among(
    session: Session, *, subscriber_ids: Sequence[int]
) -> dict[int, dict[int, StoredInterest]]:
    """Return interests by person and topic, held until the end of the transaction.

    Held, because what somebody chooses while we look must not be written over by what we saw.
    """
    wanted = rows_as_table(session, "wanted", {"id": (BigId, subscriber_ids)})
    statement = (
        select(
            *(Interest.subscriber_id, Interest.topic_id, Interest.stated, Interest.learned),
            *(Interest.learned_on, Interest.is_chosen),
        )
        .join(wanted, wanted.c.id == Interest.subscriber_id)
        .order_by(Interest.subscriber_id, Interest.topic_id)
        .with_for_update(of=Interest)
    )
    found: dict[int, dict[int, StoredInterest]] = {}
    for subscriber_id, topic_id, stated, learned, learned_on, is_chosen in session.execute(
        statement
    ):
        there = StoredInterest(stated, learned, learned_on, is_chosen)
        found.setdefault(subscriber_id, {})[topic_id] = there
    return found
