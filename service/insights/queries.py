"""Every look into the store of insights, by name."""

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import String, func, select
from sqlalchemy.orm import Session
from sqlalchemy.types import TypeEngine

from service.db.base import BigId
from service.db.bulk import rows_as_table
from service.insights.models import Episode, Insight, InsightTopic, Podcast, Topic


@dataclass(frozen=True, slots=True)
class TopicCount:
    """A topic and how many insights are about it."""

    topic: Topic
    insights: int


class StoredInsight(NamedTuple):
    """A row as an import compares it."""

    id: int
    key: str
    text: str
    headline: str | None
    podcast_id: int | None
    episode_id: int | None
    speaker: str | None
    timecode: int | None
    url: str | None
    quality: float
    language: str
    published_at: dt.datetime


def stored_insights(session: Session, *, keys: Sequence[str]) -> dict[str, StoredInsight]:
    """Return what an import compares with, by key."""
    wanted = rows_as_table(session, "wanted", {"key": (String(), keys)})
    statement = select(
        Insight.id,
        Insight.key,
        Insight.text,
        Insight.headline,
        Insight.podcast_id,
        Insight.episode_id,
        Insight.speaker,
        Insight.timecode,
        Insight.url,
        Insight.quality,
        Insight.language,
        Insight.published_at,
    ).join(wanted, wanted.c.key == Insight.key)
    return {row.key: StoredInsight._make(row) for row in session.execute(statement)}


def topic_ids_of_insights(session: Session, *, ids: Sequence[int]) -> dict[int, set[int]]:
    """Return the topics of each insight; one without topics is not in it."""
    wanted = rows_as_table(session, "wanted", {"id": (BigId, ids)})
    statement = select(InsightTopic.insight_id, InsightTopic.topic_id).join(
        wanted, wanted.c.id == InsightTopic.insight_id
    )
    found: dict[int, set[int]] = {}
    for insight_id, topic_id in session.execute(statement):
        found.setdefault(insight_id, set()).add(topic_id)
    return found


def podcast_ids(session: Session, *, names: Collection[str]) -> dict[str, int]:
    """Return the ids of the podcasts that are known, by name."""
    wanted = rows_as_table(session, "wanted", {"name": (String(), list(names))})
    statement = select(Podcast.name, Podcast.id).join(wanted, wanted.c.name == Podcast.name)
    return dict(session.execute(statement).all())


def episodes_by_title(
    session: Session, *, titles: Collection[tuple[int, str]]
) -> dict[tuple[int, str], tuple[int, str | None]]:
    """Return id and address of the episodes that are known, by podcast and title."""
    pairs = list(titles)
    columns: dict[str, tuple[TypeEngine[Any], Sequence[Any]]] = {
        "podcast_id": (BigId, [podcast_id for podcast_id, _ in pairs]),
        "title": (String(), [title for _, title in pairs]),
    }
    wanted = rows_as_table(session, "wanted", columns)
    statement = select(Episode.podcast_id, Episode.title, Episode.id, Episode.url).join(
        wanted,
        (wanted.c.podcast_id == Episode.podcast_id) & (wanted.c.title == Episode.title),
    )
    return {
        (podcast_id, title): (episode_id, url)
        for podcast_id, title, episode_id, url in session.execute(statement)
    }


def topic_ids(session: Session, *, slugs: Collection[str]) -> dict[str, int]:
    """Return the ids of the topics that are known, by slug."""
    statement = select(Topic.slug, Topic.id).where(Topic.slug.in_(slugs))
    return dict(session.execute(statement).all())


def all_topics(session: Session) -> list[TopicCount]:
    """Return every topic by name, with how many visible insights are about it."""
    statement = (
        select(Topic, func.count(Insight.id))
        .outerjoin(InsightTopic, InsightTopic.topic_id == Topic.id)
        .outerjoin(Insight, (Insight.id == InsightTopic.insight_id) & ~Insight.hidden)
        .group_by(Topic.id)
        .order_by(Topic.name)
    )
    return [TopicCount(topic, count) for topic, count in session.execute(statement)]


def insight_count(session: Session) -> int:
    """Return how many insights may be picked at all."""
    return session.scalar(select(func.count()).select_from(Insight).where(~Insight.hidden)) or 0
