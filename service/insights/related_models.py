"""Tables of what is shown beside an insight, and of who waits for it."""

from enum import IntEnum

from sqlalchemy import Float, ForeignKey, Index, SmallInteger, text
from sqlalchemy.orm import Mapped, mapped_column

from service.db.base import Base

OPEN = "state < 2"  # the words of the partial index: a query must say the same to use it


class RelatedState(IntEnum):
    """Whether the related insights of an insight are those of today."""

    NEW = 0  # never looked for; others may want to name it too
    STALE = 1  # something came, or changed, that may belong among them
    DONE = 2


class RelatedMark(Base):
    """Where an insight stands with its related ones; one row for each insight."""

    __tablename__ = "related_marks"
    __table_args__ = (
        Index(
            "ix_related_marks_open",
            "insight_id",
            postgresql_where=text(OPEN),
            sqlite_where=text(OPEN),
        ),
    )

    insight_id: Mapped[int] = mapped_column(
        ForeignKey("insights.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    state: Mapped[int] = mapped_column(SmallInteger)  # RelatedState


class RelatedInsight(Base):
    """One of the insights shown beside another, the nearest at rank 1."""

    __tablename__ = "related_insights"
    __table_args__ = (Index("ix_related_insights_other_id", "other_id"),)

    insight_id: Mapped[int] = mapped_column(
        ForeignKey("insights.id", ondelete="CASCADE"), primary_key=True
    )
    rank: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    other_id: Mapped[int] = mapped_column(ForeignKey("insights.id", ondelete="CASCADE"))
    score: Mapped[float] = mapped_column(Float)
