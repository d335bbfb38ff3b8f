"""Put people on a list, a batch at a time: new ones in, changed ones put right, leavers left be."""

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import delete, select, tuple_, update
from sqlalchemy.orm import Session

from service.audience.erased import ErasureMarks, erased_among
from service.audience.models import (
    Consent,
    Frequency,
    Interest,
    NewsletterList,
    Subscriber,
    Subscription,
    SubscriptionStatus,
)
from service.audience.queries import (
    StoredPerson,
    StoredSubscription,
    interests_among,
    left_by_import,
    stored_people,
    stored_subscriptions,
    suppressed_among,
)
from service.audience.taste import NORMAL, weight_of
from service.audience.values import NewSubscriber
from service.db.base import BigId
from service.db.bulk import rows_as_table, write_rows
from service.db.row_ids import row_ids
from service.insights.topics import find_or_create_topics
from service.insights.values import StoreTally

LEFT = "left by themselves"
SUPPRESSED = "suppressed"
CHOSEN = "chose their topics themselves"
ERASED = "erased at their own wish"
_SOURCE = "import"


@dataclass(slots=True)
class _Changes:
    """What a batch comes to, gathered before anything of it is written."""

    new_people: list[tuple[Any, ...]] = field(default_factory=list)
    people: list[dict[str, Any]] = field(default_factory=list)
    new_subscriptions: list[tuple[Any, ...]] = field(default_factory=list)
    subscriptions: list[dict[str, Any]] = field(default_factory=list)
    consents: list[tuple[Any, ...]] = field(default_factory=list)
    interests: list[tuple[Any, ...]] = field(default_factory=list)
    dropped: list[tuple[int, int]] = field(default_factory=list)  # person and topic
    changed: set[int] = field(default_factory=set)  # people who were on the list
    notes: Counter[str] = field(default_factory=Counter)


def store_subscribers(
    session: Session,
    rows: Sequence[NewSubscriber],
    *,
    to_list: NewsletterList,
    marks: ErasureMarks,
    now: dt.datetime,
) -> StoreTally:
    """Put `rows`, each address once among them, on `to_list`; what is the same is left alone.

    Who left by themselves stays away, a suppressed address stays suppressed, and whoever wanted to
    be forgotten is not written down again: all three are notes.
    """
    if not rows:
        return StoreTally()
    changes = _Changes()
    keys = [row.address.key for row in rows]
    changes.notes[SUPPRESSED] = len(suppressed_among(session, keys=keys))
    people = stored_people(session, keys=keys)
    unknown = [key for key in keys if key not in people]
    if forgotten := erased_among(session, keys=unknown, marks=marks):
        changes.notes[ERASED] = len(forgotten)
        rows = [row for row in rows if row.address.key not in forgotten]
    ids = _people(session, rows, people, changes, language=to_list.language, now=now)
    known_ids = [person.id for person in people.values()]
    subscriptions = stored_subscriptions(session, list_id=to_list.id, subscriber_ids=known_ids)
    _subscriptions(session, rows, ids, subscriptions, changes, to_list=to_list, now=now)
    _interests(session, rows, ids, known_ids, changes)
    _write(session, changes)
    added = len(changes.new_subscriptions)
    updated = len(changes.changed & subscriptions.keys())
    return StoreTally(
        added=added, updated=updated, unchanged=len(keys) - added - updated, notes=changes.notes
    )


def _people(
    session: Session,
    rows: Sequence[NewSubscriber],
    known: Mapping[str, StoredPerson],
    changes: _Changes,
    *,
    language: str,
    now: dt.datetime,
) -> dict[str, int]:
    """Return the id of everybody, by address key."""
    ids = {key: person.id for key, person in known.items()}
    # in one order, so that two imports of the same people never wait for each other in a ring
    new = sorted(
        (row for row in rows if row.address.key not in known), key=lambda row: row.address.key
    )
    for subscriber_id, row in zip(row_ids(session, Subscriber, len(new)), new, strict=True):
        ids[row.address.key] = subscriber_id
        told = (row.name or "", row.language or language, now)
        changes.new_people.append((subscriber_id, row.address.email, row.address.key, *told))
    for row in rows:
        person = known.get(row.address.key)
        if person is None:
            continue
        name, spoken = row.name or person.name, row.language or person.language
        if (name, spoken) != (person.name, person.language):
            changes.people.append({"id": person.id, "name": name, "language": spoken})
            changes.changed.add(person.id)
    return ids


def _subscriptions(
    session: Session,
    rows: Sequence[NewSubscriber],
    ids: Mapping[str, int],
    known: Mapping[int, StoredSubscription],
    changes: _Changes,
    *,
    to_list: NewsletterList,
    now: dt.datetime,
) -> None:
    new = [row for row in rows if ids[row.address.key] not in known]
    for subscription_id, row in zip(row_ids(session, Subscription, len(new)), new, strict=True):
        status = row.status or SubscriptionStatus.ACTIVE
        zone = row.timezone or to_list.timezone
        hour = to_list.hour if row.hour is None else row.hour
        frequency = row.frequency or Frequency.DAILY
        ended_at = now if status is SubscriptionStatus.UNSUBSCRIBED else None
        whose = (subscription_id, to_list.id, ids[row.address.key])
        wish = (status.value, zone, hour, frequency.value)
        changes.new_subscriptions.append((*whose, *wish, now, ended_at))
        if status is SubscriptionStatus.ACTIVE:
            changes.consents.append((subscription_id, "given", _SOURCE, now))
    gone = [one.id for one in known.values() if one.status == SubscriptionStatus.UNSUBSCRIBED]
    ours = left_by_import(session, subscription_ids=gone)
    for row in rows:
        stored = known.get(ids[row.address.key])
        if stored is None:
            continue
        if stored.status == SubscriptionStatus.UNSUBSCRIBED and stored.id not in ours:
            changes.notes[LEFT] += row.status is not SubscriptionStatus.UNSUBSCRIBED
            continue
        _change(row, stored, changes, now=now)


def _change(
    row: NewSubscriber, stored: StoredSubscription, changes: _Changes, *, now: dt.datetime
) -> None:
    before = (stored.status, stored.timezone, stored.hour, stored.frequency)
    status = row.status or SubscriptionStatus(stored.status)
    after = (
        status.value,
        row.timezone or stored.timezone,
        stored.hour if row.hour is None else row.hour,
        (row.frequency or Frequency(stored.frequency)).value,
    )
    if before == after:
        return
    left = status is SubscriptionStatus.UNSUBSCRIBED
    changes.subscriptions.append(
        {
            "id": stored.id,
            **dict(zip(("status", "timezone", "hour", "frequency"), after, strict=True)),
            "next_due_at": None,  # the planner computes it anew
            "ended_at": (stored.ended_at or now) if left else None,
            "paused_until": stored.paused_until if stored.status == status else None,
        }
    )
    changes.changed.add(stored.subscriber_id)
    was_asked = stored.status in (SubscriptionStatus.ACTIVE, SubscriptionStatus.PAUSED)
    if left and stored.status != status:
        changes.consents.append((stored.id, "withdrawn", _SOURCE, now))
    elif status is SubscriptionStatus.ACTIVE and not was_asked:
        changes.consents.append((stored.id, "given", _SOURCE, now))


def _interests(
    session: Session,
    rows: Sequence[NewSubscriber],
    ids: Mapping[str, int],
    known_ids: Sequence[int],
    changes: _Changes,
) -> None:
    """Replace what was stated for people; what their acts taught us stays.

    Whoever has chosen topics themselves is left as they are, which is a note.
    """
    names = {slug: name for row in rows for slug, name in (row.topics or {}).items()}
    if not names:
        return
    topic_ids = find_or_create_topics(session, names)
    present = interests_among(session, subscriber_ids=known_ids)
    for row in rows:
        if row.topics is None:
            continue
        subscriber_id = ids[row.address.key]
        interests = present.get(subscriber_id, {})
        wanted = {topic_ids[slug] for slug in row.topics}
        stated = {topic for topic, there in interests.items() if there.stated is not None}
        if wanted == stated:
            continue
        if any(there.is_chosen for there in interests.values()):
            changes.notes[CHOSEN] += 1
            continue
        changes.changed.add(subscriber_id)
        for topic in sorted(wanted ^ stated):
            level = NORMAL if topic in wanted else None
            there = interests.get(topic)
            learned, as_of = (there.learned, there.learned_on) if there else (0.0, None)
            if there:
                changes.dropped.append((subscriber_id, topic))
            if level is not None or learned:
                weight = weight_of(level, learned)
                changes.interests.append((subscriber_id, topic, weight, level, learned, as_of))


def _write(session: Session, changes: _Changes) -> None:
    named = ("id", "email", "address_key", "name", "language", "created_at")
    write_rows(session, Subscriber, named, changes.new_people)
    wish = ("status", "timezone", "hour", "frequency")
    columns = ("id", "list_id", "subscriber_id", *wish, "created_at", "ended_at")
    write_rows(session, Subscription, columns, changes.new_subscriptions)
    for table, changed in ((Subscriber, changes.people), (Subscription, changes.subscriptions)):
        if changed:
            session.execute(update(table), sorted(changed, key=lambda row: row["id"]))
    if changes.dropped:
        people, topics = zip(*changes.dropped, strict=True)
        dropped = rows_as_table(
            session, "dropped", {"person": (BigId, people), "topic": (BigId, topics)}
        )
        whose = tuple_(Interest.subscriber_id, Interest.topic_id)
        session.execute(delete(Interest).where(whose.in_(select(dropped))))
    wanted = ("subscriber_id", "topic_id", "weight", "stated", "learned", "learned_on")
    write_rows(session, Interest, wanted, changes.interests)
    said = ("subscription_id", "act", "source", "happened_at")
    write_rows(session, Consent, said, changes.consents)
