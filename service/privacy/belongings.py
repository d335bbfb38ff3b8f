"""Which rows are somebody's, by the name of the file they are handed over in.

Every table that hangs on a subscriber or a subscription is found by its foreign keys, so a new one
is handed over without being named here. `APART` names those that hang on nobody by a key.
"""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Select, Table, and_, or_, select

from service.audience.models import PodcastStance, Subscriber, Subscription
from service.db.base import Base
from service.editions.models import Brief
from service.feedback.event_models import DeliveryEvent
from service.feedback.models import Reaction
from service.insights.models import Insight, Podcast, Topic
from service.ledger.models import Shown
from service.ledger.notice_models import Notice

Rows = Select[*tuple[Any, ...]]
APART = {
    "briefs": "briefs.json; erasing leaves the row to its edition without its reader",
    "attempts": "tries of a brief: with its events; erasing blanks replies",
    "delivery_events": "mail_events.json; erasing blanks all but what was counted",
    "notices": "notices.json; erasing blanks them",
    "shown": "shown.json; erasing deletes them",
    "suppressions": "the address itself; erasing leaves its keyed hash in erased_addresses",
    "sign_up_addresses": "a keyed hash and a day, so that nobody is bombed; erasing deletes it",
    "erased_addresses": "keyed hashes of those who were erased: nobody's any more",
}
_INSIGHT = (Insight.headline, Insight.text)


def belongings_of(person: Subscriber) -> Iterator[tuple[str, Rows]]:
    """Return file names and what to read for them, but for the briefs."""
    yield "person", _whole(Base.metadata.tables["subscribers"]).where(Subscriber.id == person.id)
    named = dict(_named(person))
    yield from named.items()
    for table, column in tables_of_persons():
        if table.name in named:
            continue
        is_theirs = table.c[column]
        if column == "subscriber_id":
            yield table.name, _whole(table).where(is_theirs == person.id)
        else:
            own = select(Subscription.id).where(Subscription.subscriber_id == person.id)
            yield table.name, _whole(table).where(is_theirs.in_(own))


def tables_of_persons() -> Iterator[tuple[Table, str]]:
    """Return the tables that hang on a subscriber or a subscription, and their column for it."""
    for table in Base.metadata.sorted_tables:
        for key in sorted(table.foreign_keys, key=lambda key: key.parent.name):
            if key.column.table.name in ("subscribers", "subscriptions"):
                yield table, key.parent.name
                break


def _named(person: Subscriber) -> Iterator[tuple[str, Rows]]:
    """Return the files that tell more than their table: names beside numbers."""
    interests = Base.metadata.tables["interests"]
    yield (
        "interests",
        _whole(interests, Topic.name.label("topic"))
        .join(Topic, Topic.id == interests.c.topic_id)
        .where(interests.c.subscriber_id == person.id),
    )
    stances = Base.metadata.tables["podcast_stances"]
    yield (
        "podcast_stances",
        _whole(stances, Podcast.name.label("podcast"))
        .join(Podcast, Podcast.id == stances.c.podcast_id)
        .where(PodcastStance.subscriber_id == person.id),
    )
    reactions = Base.metadata.tables["reactions"]
    yield (
        "reactions",
        _whole(reactions, *_INSIGHT)
        .join(Insight, Insight.id == reactions.c.insight_id)
        .where(Reaction.subscriber_id == person.id),
    )
    yield "shown", _whole(Base.metadata.tables["shown"]).where(Shown.subscriber_id == person.id)
    yield (
        "notices",
        select(Notice.id, Notice.kind, Notice.recipient, Notice.state, Notice.created_at)
        .add_columns(Notice.settled_at)
        .where(
            or_(
                Notice.subscriber_id == person.id,
                and_(Notice.address_key == person.address_key, Notice.staff_id.is_(None)),
            )
        ),
    )
    yield (
        "mail_events",
        select(
            *(DeliveryEvent.local_date, DeliveryEvent.brief_id, DeliveryEvent.provider),
            *(DeliveryEvent.kind, DeliveryEvent.bounce, DeliveryEvent.detail),
            DeliveryEvent.happened_at,
        )
        .join(
            Brief,
            and_(Brief.local_date == DeliveryEvent.local_date, Brief.id == DeliveryEvent.brief_id),
        )
        .where(Brief.subscriber_id == person.id),
    )


def _whole(table: Table, *beside: Any) -> Rows:
    return select(*table.columns, *beside).select_from(table)
