"""Say yes: what was asked for becomes a subscription, with the choices made and the proof kept."""

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from service.audience.interests import set_stated
from service.audience.models import (
    EVERY_DAY,
    Consent,
    Frequency,
    Interest,
    ListTopic,
    NewsletterList,
    Subscriber,
    Subscription,
    SubscriptionStatus,
)
from service.audience.sign_up_limits import Gate, IpAddress, note_answer
from service.audience.taste import NORMAL
from service.insights.models import Insight, InsightTopic, Topic
from service.jobs import Bell, Job, ring_after_commit
from service.ledger.notice_models import NoticeKind
from service.ledger.notices import Recipient, owe_notice

LEAST_TOPICS = 3
MOST_OFFERED = 40
OFFERED_OF = dt.timedelta(days=30)  # a topic counts with what was said of it lately
GIVEN = "given"
SOURCE = "confirm_page"
BRIEFS_APART = dt.timedelta(hours=18)  # who was served lately waits for their next hour
WELCOME_GOOD_FOR = dt.timedelta(hours=24)
_MAY_BE_CONFIRMED = (SubscriptionStatus.PENDING.value, SubscriptionStatus.UNSUBSCRIBED.value)


class OfferedTopic(NamedTuple):
    """A topic to choose, with how many insights there were of it lately."""

    id: int
    slug: str
    name: str
    insights: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What somebody chose when they confirmed."""

    topics: Collection[int]
    timezone: str
    hour: int
    frequency: Frequency
    besides: Collection[int] = ()  # subscriptions to other lists that wait as well


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What is kept to show that they said yes."""

    text_version: str
    language: str
    ip: IpAddress | None


def confirm(
    session: Session,
    gate: Gate,
    *,
    subscription_id: int,
    choices: Choices,
    proof: Proof,
    now: dt.datetime,
    doorbell: Bell | None = None,
) -> bool:
    """Make it a subscription whose first brief is due now; False when it was one before.

    The welcome is owed in the same transaction; notices go ahead of briefs.
    """
    waiting = _held(session, [subscription_id, *choices.besides])
    asked = next((one for one in waiting if one.id == subscription_id), None)
    if asked is None:
        return False
    subscriber = asked.subscriber
    for subscription in waiting:
        if subscription.subscriber_id == subscriber.id:
            _begin(session, subscription, choices, proof, now=now)
    offered = offered_topics(session, list_id=asked.list_id, now=now)
    _state_topics(session, subscriber.id, choices.topics, {topic.id for topic in offered})
    note_answer(session, gate, address_key=subscriber.address_key)
    ring_after_commit(session, doorbell, Job.FIRST)
    return True


def offered_topics(session: Session, *, list_id: int, now: dt.datetime) -> list[OfferedTopic]:
    """Return the topics of a list of which there was most lately, the most frequent first."""
    own = select(ListTopic.topic_id).where(ListTopic.list_id == list_id)
    has_own = own.exists()
    count = func.count().label("count")
    statement = (
        select(Topic.id, Topic.slug, Topic.name, count)
        .join(InsightTopic, InsightTopic.topic_id == Topic.id)
        .join(Insight, Insight.id == InsightTopic.insight_id)
        .where(
            Insight.published_at > now - OFFERED_OF, ~Insight.hidden, Topic.id.in_(own) | ~has_own
        )
        .group_by(Topic.id, Topic.slug, Topic.name)
        .order_by(count.desc(), Topic.name)
        .limit(MOST_OFFERED)
    )
    return [OfferedTopic(*row) for row in session.execute(statement)]


def waiting_besides(session: Session, *, subscription: Subscription) -> Sequence[Subscription]:
    """Return what else the same person asked for and has not confirmed, with the lists."""
    statement = (
        select(Subscription)
        .join(NewsletterList, NewsletterList.id == Subscription.list_id)
        .where(
            Subscription.subscriber_id == subscription.subscriber_id,
            Subscription.id != subscription.id,
            Subscription.status == SubscriptionStatus.PENDING.value,
            NewsletterList.is_public,
        )
        .options(joinedload(Subscription.list))
        .order_by(Subscription.id)
    )
    return session.scalars(statement).all()


def _held(session: Session, ids: Sequence[int]) -> list[Subscription]:
    """Return those that may be confirmed, each held by us alone until the end."""
    statement = (
        select(Subscription)
        .where(Subscription.id.in_(ids), Subscription.status.in_(_MAY_BE_CONFIRMED))
        .options(
            joinedload(Subscription.list, innerjoin=True),
            joinedload(Subscription.subscriber, innerjoin=True),
        )
        .order_by(Subscription.id)
        .with_for_update(of=Subscription)
    )
    return list(session.scalars(statement))


def _state_topics(
    session: Session, subscriber_id: int, ticked: Collection[int], offered: Collection[int]
) -> None:
    """State what was ticked; what was wanted before and is not ticked any more is taken back."""
    wanted_before = set(
        session.scalars(
            select(Interest.topic_id).where(
                Interest.subscriber_id == subscriber_id, Interest.stated > 0
            )
        )
    )
    levels: dict[int, float | None] = dict.fromkeys(set(ticked) - wanted_before, NORMAL)
    levels |= dict.fromkeys((wanted_before & set(offered)) - set(ticked))
    set_stated(session, subscriber_id, levels)


def _begin(
    session: Session,
    subscription: Subscription,
    choices: Choices,
    proof: Proof,
    *,
    now: dt.datetime,
) -> None:
    last = subscription.last_due_at
    was_served = last is not None and now - last < BRIEFS_APART
    subscription.status = SubscriptionStatus.ACTIVE.value
    subscription.timezone = choices.timezone
    subscription.hour = choices.hour
    subscription.frequency = choices.frequency.value
    subscription.days = EVERY_DAY
    subscription.next_due_at = None if was_served else now
    subscription.ended_at = None
    subscription.paused_until = None
    newsletter, subscriber = subscription.list, subscription.subscriber
    consent = Consent(
        subscription_id=subscription.id,
        act=GIVEN,
        source=SOURCE,
        happened_at=now,
        text_version=proof.text_version,
        ip=str(proof.ip) if proof.ip and newsletter.consent_ip_days else None,
    )
    session.add(consent)
    session.flush()
    _welcome(session, subscription, subscriber, proof, dedupe=consent.id, now=now)


def _welcome(
    session: Session,
    subscription: Subscription,
    subscriber: Subscriber,
    proof: Proof,
    *,
    dedupe: int,
    now: dt.datetime,
) -> None:
    owe_notice(
        session,
        kind=NoticeKind.WELCOME,
        recipient=Recipient(
            address=subscriber.email,
            address_key=subscriber.address_key,
            subscriber_id=subscriber.id,
            list_id=subscription.list_id,
        ),
        dedupe_key=f"welcome:{dedupe}",  # of the consent it answers
        expires_at=now + WELCOME_GOOD_FOR,
        arguments={
            "subscriber_id": subscriber.id,
            "link_number": subscriber.link_number,
            "hour": subscription.hour,
            "zone": subscription.timezone,
            "at_once": int(subscription.next_due_at is not None),
            "language": proof.language,
        },
        now=now,
    )
