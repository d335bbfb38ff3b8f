"""Tables of stories and threads: by which words insights are found, who joined whom, and why."""

import datetime as dt

from sqlalchemy import Float, ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from service.db.base import Base, BigId


class InsightTerm(Base):
    """One of the rarest words or figures of an insight, as the number it goes by.

    No foreign key: fifteen rows an insight are written when it enters, and one that points to
    nothing is passed over by whoever follows it.
    """

    __tablename__ = "insight_terms"
    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012 - SQLAlchemy's form

    term: Mapped[int] = mapped_column(Integer, primary_key=True)
    insight_id: Mapped[int] = mapped_column(BigId, primary_key=True)


class StoryLink(Base):
    """Why an insight belongs to the story of another; who has none was the first to tell it."""

    __tablename__ = "story_links"

    insight_id: Mapped[int] = mapped_column(
        ForeignKey("insights.id", ondelete="CASCADE"), primary_key=True
    )
    other_id: Mapped[int] = mapped_column(BigId)  # the insight it was found to repeat
    reason: Mapped[str] = mapped_column(String(12))  # a StoryReason
    score: Mapped[float] = mapped_column(Float)  # how sure that is, 0 to 1
    by: Mapped[str | None] = mapped_column(String(80))  # who did it by hand
    created_at: Mapped[dt.datetime]


class StoryParting(Base):
    """Two insights a person took apart: nothing joins their stories again by itself."""

    __tablename__ = "story_partings"

    one_id: Mapped[int] = mapped_column(
        ForeignKey("insights.id", ondelete="CASCADE"), primary_key=True
    )
    other_id: Mapped[int] = mapped_column(  # always the larger
        ForeignKey("insights.id", ondelete="CASCADE"), primary_key=True
    )
    by: Mapped[str] = mapped_column(String(80))
    created_at: Mapped[dt.datetime]


class StoryHeritage(Base):
    """Whoever was shown an earlier story counts as having had this one.

    After a merge that is everybody who had the story merged; after a split those who had the
    insight that left. `shown` is never rewritten: it may hold a hundred million rows, and planners
    write to it while somebody merges.
    """

    __tablename__ = "story_heritage"
    __table_args__ = (Index("ix_story_heritage_story_id", "story_id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    story_id: Mapped[int] = mapped_column(BigId)
    from_story_id: Mapped[int] = mapped_column(BigId)
    insight_id: Mapped[int | None] = mapped_column(BigId)  # None: whichever of that story
