"""Who is due, a page at a time, grouped by what they share: most of a page are many to a place."""

import datetime as dt
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from sqlalchemy import (
    BigInteger,
    Integer,
    LargeBinary,
    Select,
    bindparam,
    func,
    literal_column,
    select,
    tuple_,
)
from sqlalchemy.orm import Session

from service.audience.models import Subscriber, Subscription, SubscriptionStatus, Suppression
from service.db.base import UtcDateTime
from service.db.binary import binary_results

NOBODY_YET = dt.datetime(1970, 1, 1, tzinfo=dt.UTC), 0  # before whoever is due first


class Place(NamedTuple):
    """What decides a slot and the wishes of a brief; people who share it are planned alike."""

    timezone: str
    hour: int
    frequency: str
    days: int
    language: str
    is_personalised: bool
    picks: int | None
    quiet_day: str
    next_due_at: dt.datetime | None
    suppressed: bool


@dataclass(frozen=True, slots=True)
class DueGroup:
    """People who are in one place, as the planner saw them."""

    place: Place
    subscription_ids: Sequence[int]
    subscriber_ids: Sequence[int]

    def __len__(self) -> int:
        return len(self.subscription_ids)

    def part(self, start: int, end: int) -> "DueGroup":
        """Return those who stand there."""
        return DueGroup(
            self.place, self.subscription_ids[start:end], self.subscriber_ids[start:end]
        )


def due_page(
    session: Session,
    *,
    list_id: int,
    now: dt.datetime,
    after: tuple[dt.datetime, int] = NOBODY_YET,
    limit: int,
) -> list[DueGroup]:
    """Return the next page of people due by `now`, whoever is due longest first.

    It is one range of the index, however many are due later; `last_of` says where the next begins.
    """
    moment, after_id = after
    bound = {"of_list": list_id, "now": now, "after_due": moment, "after": after_id, "most": limit}
    return _groups(session, _DUE, bound)


def active_page(
    session: Session, *, list_id: int, after: tuple[dt.datetime, int] = NOBODY_YET, limit: int
) -> list[DueGroup]:
    """Return the next page of all active subscriptions of a list, due or not, by their ids."""
    return _groups(session, _ACTIVE, {"of_list": list_id, "after": after[1], "most": limit})


def last_of(page: Sequence[DueGroup], *, by_id: bool) -> tuple[dt.datetime, int]:
    """Return the place in the order of pages that `page` ends at."""
    first_moment, _ = NOBODY_YET
    return max(
        (
            first_moment if by_id else group.place.next_due_at or first_moment,
            group.subscription_ids[-1],
        )
        for group in page
    )


def split(page: Sequence[DueGroup], size: int) -> Iterator[list[DueGroup]]:
    """Yield the people of a page in smaller ones."""
    part: list[DueGroup] = []
    room = size
    for group in page:
        start = 0
        while start < len(group):
            end = min(len(group), start + room)
            part.append(group.part(start, end))
            room -= end - start
            start = end
            if not room:
                yield part
                part, room = [], size
    if part:
        yield part


def _groups(
    session: Session, by_store: dict[str, Select[*tuple[Any, ...]]], bound: Any
) -> list[DueGroup]:
    connection = session.connection()
    if connection.dialect.name == "postgresql":
        with binary_results(connection):
            rows = connection.execute(by_store["postgresql"], bound).all()
        found = [(Place(*row[:-2]), _from_octets(row[-2]), _from_octets(row[-1])) for row in rows]
    else:
        rows = connection.execute(by_store["sqlite"], bound).all()
        found = [(Place(*row[:-2]), json.loads(row[-2]), json.loads(row[-1])) for row in rows]
    groups = []
    for place, subscriptions, subscribers in found:
        ids, people = np.array(subscriptions), np.array(subscribers)
        order = np.argsort(ids)  # grouping may have shuffled them
        groups.append(DueGroup(place, ids[order].tolist(), people[order].tolist()))
    return sorted(groups, key=lambda group: group.subscription_ids[0])


def _from_octets(octets: bytes) -> Any:
    return np.frombuffer(octets, dtype=">i8").astype(np.int64)


def _grouped(page: Select[*tuple[Any, ...]]) -> dict[str, Select[*tuple[Any, ...]]]:
    """Return for each store what reads a page in groups, the ids of each as one value."""
    columns = page.subquery("page").c
    places = [columns[name] for name in Place._fields]
    both = columns.id, columns.subscriber_id
    nothing: Any = literal_column("''::bytea")
    octets = [func.string_agg(func.int8send(one), nothing, type_=LargeBinary) for one in both]
    texts = [func.json_group_array(one) for one in both]
    return {
        "postgresql": select(*places, *octets).group_by(*places),
        "sqlite": select(*places, *texts).group_by(*places),
    }


_after_id = bindparam("after", type_=BigInteger())
_ALL = (
    select(
        Subscription.id,
        Subscription.subscriber_id,
        Subscription.timezone,
        Subscription.hour,
        Subscription.frequency,
        Subscription.days,
        Subscriber.language,
        Subscriber.is_personalised,
        Subscription.picks,
        Subscription.quiet_day,
        Subscription.next_due_at,
        Suppression.address_key.is_not(None).label("suppressed"),
    )
    .join(Subscriber, Subscriber.id == Subscription.subscriber_id)
    .outerjoin(Suppression, Suppression.address_key == Subscriber.address_key)
    .where(
        Subscription.list_id == bindparam("of_list", type_=BigInteger()),
        Subscription.status == SubscriptionStatus.ACTIVE.value,
    )
    .limit(bindparam("most", type_=Integer()))
)
_DUE = _grouped(
    _ALL.where(
        Subscription.next_due_at <= bindparam("now", type_=UtcDateTime()),
        tuple_(Subscription.next_due_at, Subscription.id)
        > tuple_(bindparam("after_due", type_=UtcDateTime()), _after_id),
    ).order_by(Subscription.next_due_at, Subscription.id)
)
_ACTIVE = _grouped(_ALL.where(Subscription.id > _after_id).order_by(Subscription.id))
