"""Read insights as public pages show them: whole, with where they were said, one of each story."""

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import unquote

from sqlalchemy import ColumnElement, Select, and_, func, select
from sqlalchemy.orm import Session, aliased

from service.db.columns import is_one_of
from service.insights.models import Episode, Insight, InsightTopic, Podcast, Topic
from service.insights.page_paths import insight_path, podcast_path, topic_path

LEAST_QUALITY = 0.4  # what is below is found by its link only: in no list, feed or sitemap


class TopicName(NamedTuple):
    """A topic as a link."""

    id: int
    slug: str
    name: str

    @property
    def path(self) -> str:
        return topic_path(self.slug)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadInsight:
    """An insight with all that a page says of it."""

    id: int
    story_id: int
    headline: str | None
    text: str
    podcast_id: int | None
    podcast: str | None
    podcast_url: str | None
    episode_id: int | None
    episode: str | None
    episode_url: str | None
    speaker: str | None
    timecode: int | None
    url: str | None
    quality: float
    language: str
    published_at: dt.datetime
    created_at: dt.datetime
    changed_at: dt.datetime | None
    hidden: bool
    topics: tuple[TopicName, ...] = ()

    @property
    def path(self) -> str:
        return insight_path(self.id, self.headline, self.text)

    @property
    def unquoted_path(self) -> str:
        """The path as a server gets it."""
        return unquote(self.path)

    @property
    def podcast_path(self) -> str:
        return podcast_path(self.podcast_id or 0, self.podcast or "")

    @property
    def is_listed(self) -> bool:
        return not self.hidden and self.quality >= LEAST_QUALITY

    @property
    def touched_at(self) -> dt.datetime:
        """When what the page says changed last."""
        return self.changed_at or self.created_at


_COLUMNS = (
    *(Insight.id, Insight.story_id, Insight.headline, Insight.text),
    *(Insight.podcast_id, Podcast.name.label("podcast"), Podcast.url.label("podcast_url")),
    *(Insight.episode_id, Episode.title.label("episode"), Episode.url.label("episode_url")),
    *(Insight.speaker, Insight.timecode, Insight.url, Insight.quality, Insight.language),
    *(Insight.published_at, Insight.created_at, Insight.changed_at, Insight.hidden),
)


def insights_by_id(session: Session, *, ids: Sequence[int]) -> list[ReadInsight]:
    """Return insights in the order of `ids`, hidden ones too; unknown ids are left out."""
    if not ids:
        return []
    rows = session.execute(_insights().where(is_one_of(session, Insight.id, list(ids)))).all()
    topics = topics_of(session, ids=ids)
    found = {
        row.id: ReadInsight(**row._mapping, topics=topics.get(row.id, ()))  # noqa: SLF001 - public
        for row in rows
    }
    return [found[insight_id] for insight_id in ids if insight_id in found]


def topics_of(session: Session, *, ids: Sequence[int]) -> dict[int, tuple[TopicName, ...]]:
    """Return the topics of each insight, by name."""
    rows = session.execute(
        select(InsightTopic.insight_id, Topic.id, Topic.slug, Topic.name)
        .join(Topic, Topic.id == InsightTopic.topic_id)
        .where(is_one_of(session, InsightTopic.insight_id, list(ids)))
        .order_by(Topic.name)
    )
    found: dict[int, tuple[TopicName, ...]] = {}
    for insight_id, topic_id, slug, name in rows:
        found[insight_id] = (*found.get(insight_id, ()), TopicName(topic_id, slug, name))
    return found


def newest(
    session: Session,
    *,
    now: dt.datetime,
    limit: int,
    offset: int = 0,
    topic_ids: Collection[int] = (),
    podcast_id: int | None = None,
) -> list[ReadInsight]:
    """Return the newest listed insights, one of each story: those on any of these topics."""
    statement = select(Insight.id).where(is_shown(now), ~_told_before(now))
    if topic_ids:
        about = select(InsightTopic.insight_id).where(
            is_one_of(session, InsightTopic.topic_id, list(topic_ids))
        )
        statement = statement.where(Insight.id.in_(about))
    if podcast_id is not None:
        # what a podcast said is shown with it, though another may have said it before
        statement = select(Insight.id).where(is_shown(now), Insight.podcast_id == podcast_id)
    ordered = statement.order_by(Insight.published_at.desc(), Insight.id.desc())
    return insights_by_id(session, ids=session.scalars(ordered.limit(limit).offset(offset)).all())


def also_said(session: Session, *, of: ReadInsight, limit: int = 10) -> list[ReadInsight]:
    """Return the other tellings of an insight's story, oldest first."""
    statement = (
        select(Insight.id)
        .where(Insight.story_id == of.story_id, Insight.id != of.id, ~Insight.hidden)
        .order_by(Insight.id)
        .limit(limit)
    )
    return insights_by_id(session, ids=session.scalars(statement).all())


def first_of_story(session: Session, *, story_id: int, now: dt.datetime) -> ReadInsight | None:
    """Return the telling that stands for a story: the first of those that are listed."""
    statement = select(func.min(Insight.id)).where(Insight.story_id == story_id, is_shown(now))
    first = session.scalar(statement)
    return next(iter(insights_by_id(session, ids=[first])), None) if first else None


def is_shown(now: dt.datetime, insight: Any = Insight) -> ColumnElement[bool]:
    """Return the condition for standing in lists, feeds and sitemaps."""
    return and_(~insight.hidden, insight.quality >= LEAST_QUALITY, insight.published_at <= now)


def is_first_telling(now: dt.datetime) -> ColumnElement[bool]:
    """Return the condition for standing for its story."""
    return and_(is_shown(now), ~_told_before(now))


def _told_before(now: dt.datetime) -> ColumnElement[bool]:
    earlier = aliased(Insight)
    return (
        select(earlier.id)
        .where(
            earlier.story_id == Insight.story_id, earlier.id < Insight.id, is_shown(now, earlier)
        )
        .exists()
    )


def _insights() -> Select[*tuple[Any, ...]]:
    return (
        select(*_COLUMNS)
        .outerjoin(Podcast, Podcast.id == Insight.podcast_id)
        .outerjoin(Episode, Episode.id == Insight.episode_id)
    )
