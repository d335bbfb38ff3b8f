"""Rows for tests: each function needs only what the test is about."""

import datetime as dt
import itertools

from sqlalchemy.orm import Session

from service.audience.models import Interest, NewsletterList, Subscriber, Subscription
from service.insights.models import Episode, Insight, InsightTopic, Podcast, Topic

NOW = dt.datetime(2026, 11, 22, 7, 0, tzinfo=dt.UTC)
_numbers = itertools.count(1)


def make_list(session: Session, **overrides: object) -> NewsletterList:
    number = next(_numbers)
    values: dict[str, object] = {
        "slug": f"list-{number}",
        "name": f"List {number}",
        "from_name": "Podbrief",
        "from_email": "brief@podbrief.example",
        "postal_address": "1 Quiet Lane, Utrecht",
        "created_at": NOW,
    }
    newsletter = NewsletterList(**(values | overrides))
    session.add(newsletter)
    session.flush()
    return newsletter


def make_subscription(
    session: Session,
    newsletter: NewsletterList,
    *,
    subscriber: Subscriber | None = None,
    topics: tuple[Topic, ...] = (),
    **overrides: object,
) -> Subscription:
    person = subscriber or make_subscriber(session)
    values: dict[str, object] = {
        "list_id": newsletter.id,
        "subscriber_id": person.id,
        "status": "active",
        "timezone": "UTC",
        "hour": 7,
        "frequency": "daily",
        "created_at": NOW,
        "next_due_at": NOW,
    }
    subscription = Subscription(**(values | overrides))
    session.add(subscription)
    for topic in topics:
        session.merge(Interest(subscriber_id=person.id, topic_id=topic.id, weight=1.0, stated=1.0))
    session.flush()
    return subscription


def make_subscriber(session: Session, **overrides: object) -> Subscriber:
    number = next(_numbers)
    values: dict[str, object] = {
        "email": f"reader{number}@example.org",
        "address_key": f"reader{number}@example.org",
        "name": f"Reader {number}",
        "created_at": NOW,
    }
    person = Subscriber(**(values | overrides))
    session.add(person)
    session.flush()
    return person


def make_topic(session: Session, name: str) -> Topic:
    topic = Topic(slug=name.lower().replace(" ", "-"), name=name)
    session.add(topic)
    session.flush()
    return topic


def make_podcast(session: Session) -> Podcast:
    podcast = Podcast(name=f"Podcast {next(_numbers)}")
    session.add(podcast)
    session.flush()
    return podcast


def make_insight(
    session: Session,
    *,
    topics: tuple[Topic, ...] = (),
    podcast: Podcast | None = None,
    episode: Episode | None = None,
    age_hours: float = 5,
    **overrides: object,
) -> Insight:
    number = next(_numbers)
    if episode is None:
        podcast = podcast or make_podcast(session)
        episode = Episode(podcast_id=podcast.id, title=f"Episode {number}")
        session.add(episode)
        session.flush()
    values: dict[str, object] = {
        "key": f"insight-{number}",
        "text_hash": f"hash-{number}",
        "story_id": 0,
        "headline": f"Finding number {number} holds",
        "text": f"Finding number {number} was made, and it held when others looked again.",
        "podcast_id": episode.podcast_id,
        "episode_id": episode.id,
        "speaker": "Ada Quill",
        "quality": 0.5,
        "published_at": NOW - dt.timedelta(hours=age_hours),
        "created_at": NOW,
    }
    insight = Insight(**(values | overrides))
    session.add(insight)
    session.flush()
    if "story_id" not in overrides:
        insight.story_id = insight.id
    for topic in topics:
        session.add(InsightTopic(insight_id=insight.id, topic_id=topic.id))
    session.flush()
    return insight
