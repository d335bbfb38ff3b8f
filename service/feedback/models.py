"""Tables of what readers do."""

import datetime as dt
from enum import StrEnum

from sqlalchemy import Date, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from service.db.base import Base, BigId


class Deed(StrEnum):
    """What a reader can say of one pick."""

    UP = "up"  # useful
    DOWN = "down"  # not for me
    MORE = "more"  # more like this
    SAVE = "save"  # keep it


class Reaction(Base):
    """A reader's word on one insight; said once, it holds."""

    __tablename__ = "reactions"
    __table_args__ = (
        UniqueConstraint("subscriber_id", "insight_id", "deed"),
        Index("ix_reactions_insight_id", "insight_id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    subscriber_id: Mapped[int] = mapped_column(ForeignKey("subscribers.id", ondelete="CASCADE"))
    insight_id: Mapped[int] = mapped_column(ForeignKey("insights.id", ondelete="CASCADE"))
    brief_id: Mapped[int] = mapped_column(BigId)
    local_date: Mapped[dt.date] = mapped_column(Date)  # of the brief
    deed: Mapped[str] = mapped_column(String(6))  # Deed
    happened_at: Mapped[dt.datetime]
