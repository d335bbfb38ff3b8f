"""The table of what we learn from."""

import datetime as dt

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from service.db.base import Base


class Lesson(Base):
    """One act of a person on one insight, kept to learn from it.

    Interests and profiles are made anew from these rows. Whoever is not personalised has none, and
    forgetting is deleting them; what people said stays apart, in `reactions`.
    """

    __tablename__ = "lessons"
    __table_args__ = (Index("ix_lessons_insight_id", "insight_id"),)

    subscriber_id: Mapped[int] = mapped_column(
        ForeignKey("subscribers.id", ondelete="CASCADE"), primary_key=True
    )
    insight_id: Mapped[int] = mapped_column(
        ForeignKey("insights.id", ondelete="CASCADE"), primary_key=True
    )
    act: Mapped[str] = mapped_column(String(6), primary_key=True)  # Act
    learned_at: Mapped[dt.datetime]
