"""Read what there is to browse: topics and podcasts with their counts, and pages for sitemaps."""

import datetime as dt
from typing import NamedTuple
from urllib.parse import unquote

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from service.insights.models import Insight, InsightTopic, Podcast, Topic
from service.insights.page_paths import insight_path, podcast_path
from service.insights.reading import TopicName, is_first_telling, is_shown


class CountedTopic(NamedTuple):
    """A topic, and how many insights its page has."""

    topic: TopicName
    insights: int


class CountedPodcast(NamedTuple):
    """A podcast, and how many insights its page has."""

    id: int
    name: str
    url: str | None
    insights: int

    @property
    def path(self) -> str:
        return podcast_path(self.id, self.name)

    @property
    def unquoted_path(self) -> str:
        """The path as a server gets it."""
        return unquote(self.path)


class SitemapPage(NamedTuple):
    """One address of a sitemap."""

    path: str
    touched_at: dt.datetime


def topic_by_slug(session: Session, *, slug: str) -> TopicName | None:
    found = session.execute(
        select(Topic.id, Topic.slug, Topic.name).where(Topic.slug == slug)
    ).first()
    return TopicName(*found) if found else None


def counted_topics(session: Session, *, now: dt.datetime) -> list[CountedTopic]:
    """Return the topics of which there is something to read, by name."""
    rows = session.execute(
        select(Topic.id, Topic.slug, Topic.name, func.count().label("insights"))
        .join(InsightTopic, InsightTopic.topic_id == Topic.id)
        .join(Insight, Insight.id == InsightTopic.insight_id)
        .where(is_shown(now))
        .group_by(Topic.id)
        .order_by(Topic.name)
    )
    return [CountedTopic(TopicName(row.id, row.slug, row.name), row.insights) for row in rows]


def counted_podcasts(session: Session, *, now: dt.datetime, limit: int) -> list[CountedPodcast]:
    """Return the podcasts of which there is something to read, those with most first."""
    count = func.count()
    rows = session.execute(
        select(Podcast.id, Podcast.name, Podcast.url, count)
        .join(Insight, Insight.podcast_id == Podcast.id)
        .where(is_shown(now))
        .group_by(Podcast.id)
        .order_by(count.desc(), Podcast.name)
        .limit(limit)
    )
    return [CountedPodcast(*row) for row in rows]


def counted_podcast(
    session: Session, *, podcast_id: int, now: dt.datetime
) -> CountedPodcast | None:
    podcast = session.get(Podcast, podcast_id)
    if podcast is None:
        return None
    count = session.scalar(
        select(func.count()).where(Insight.podcast_id == podcast_id, is_shown(now))
    )
    return CountedPodcast(podcast.id, podcast.name, podcast.url, count or 0)


def count_on_topic(session: Session, *, topic_id: int, now: dt.datetime) -> int:
    """Return how many stories there are on a topic."""
    statement = (
        select(func.count())
        .select_from(Insight)
        .join(InsightTopic, InsightTopic.insight_id == Insight.id)
        .where(InsightTopic.topic_id == topic_id, is_first_telling(now))
    )
    return session.scalar(statement) or 0


def largest_insight_id(session: Session) -> int:
    return session.scalar(select(func.max(Insight.id))) or 0


def insights_between(
    session: Session, *, after: int, until: int, now: dt.datetime
) -> list[SitemapPage]:
    """Return the pages of a range of ids, for a sitemap: one of each story."""
    rows = session.execute(
        select(
            Insight.id,
            Insight.headline,
            func.substr(Insight.text, 1, 200),
            func.coalesce(Insight.changed_at, Insight.created_at),
        )
        .where(Insight.id > after, Insight.id <= until, is_first_telling(now))
        .order_by(Insight.id)
    )
    return [
        SitemapPage(insight_path(insight_id, headline, text), touched_at)
        for insight_id, headline, text, touched_at in rows
    ]
