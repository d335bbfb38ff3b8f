"""Tables of the store of insights."""

import datetime as dt

from sqlalchemy import (
    Float,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from service.db.base import Base, BigId


class Podcast(Base):
    """A show insights come from."""

    __tablename__ = "podcasts"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    name: Mapped[str] = mapped_column(String(200), unique=True)
    url: Mapped[str | None] = mapped_column(String(2000))


class Episode(Base):
    """One episode of a podcast."""

    __tablename__ = "episodes"
    __table_args__ = (UniqueConstraint("podcast_id", "title"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    podcast_id: Mapped[int] = mapped_column(ForeignKey("podcasts.id"))
    title: Mapped[str] = mapped_column(String(300))
    url: Mapped[str | None] = mapped_column(String(2000))

    podcast: Mapped[Podcast] = relationship(lazy="raise")


class Topic(Base):
    """What an insight may be about, and what a subscriber may follow."""

    __tablename__ = "topics"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    slug: Mapped[str] = mapped_column(String(80), unique=True)
    name: Mapped[str] = mapped_column(String(80))


class Insight(Base):
    """One finding, with where it was said."""

    __tablename__ = "insights"
    __table_args__ = (
        Index("ix_insights_published_at", "published_at"),
        Index("ix_insights_text_hash", "text_hash"),
        Index("ix_insights_story_id", "story_id"),
        Index("ix_insights_thread_id", "thread_id"),
        Index("ix_insights_podcast_id_published_at", "podcast_id", "published_at"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    key: Mapped[str] = mapped_column(
        String(200), unique=True
    )  # the source's id, or the text's hash
    text_hash: Mapped[str] = mapped_column(String(32))  # folded: case, blanks and points aside
    story_id: Mapped[int] = mapped_column(BigId)  # its own id, or that of the first to tell it
    # of the first insight about the event; None: not looked at yet, so a thread by itself
    thread_id: Mapped[int | None] = mapped_column(BigId)
    headline: Mapped[str | None] = mapped_column(String(300))
    text: Mapped[str] = mapped_column(Text)
    podcast_id: Mapped[int | None] = mapped_column(ForeignKey("podcasts.id"))
    episode_id: Mapped[int | None] = mapped_column(ForeignKey("episodes.id"))
    speaker: Mapped[str | None] = mapped_column(String(200))
    timecode: Mapped[int | None] = mapped_column(Integer)  # seconds from the start
    url: Mapped[str | None] = mapped_column(String(2000))
    quality: Mapped[float] = mapped_column(Float, default=0.5)
    language: Mapped[str] = mapped_column(String(12), default="en")
    published_at: Mapped[dt.datetime]
    created_at: Mapped[dt.datetime]
    changed_at: Mapped[dt.datetime | None]  # what it says, or whether it is shown; None: never
    hidden: Mapped[bool] = mapped_column(default=False)


class InsightTopic(Base):
    """One of the topics of an insight."""

    __tablename__ = "insight_topics"
    __table_args__ = (Index("ix_insight_topics_topic_id", "topic_id"),)

    insight_id: Mapped[int] = mapped_column(
        ForeignKey("insights.id", ondelete="CASCADE"), primary_key=True
    )
    topic_id: Mapped[int] = mapped_column(ForeignKey("topics.id"), primary_key=True)


class InsightTally(Base):
    """What readers made of an insight, counted; no row while nobody was sent it."""

    __tablename__ = "insight_tallies"

    insight_id: Mapped[int] = mapped_column(
        ForeignKey("insights.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    shown: Mapped[int] = mapped_column(Integer, default=0)  # briefs it was frozen into
    liked: Mapped[int] = mapped_column(Integer, default=0)  # readers who did a good deed on it
    disliked: Mapped[int] = mapped_column(Integer, default=0)
