"""The table of erasures that were asked for and are about to happen."""

import datetime as dt

from sqlalchemy import ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column

from service.db.base import Base


class Erasure(Base):
    """Somebody wants to be forgotten; until `due_at` they may think again."""

    __tablename__ = "erasures"

    subscriber_id: Mapped[int] = mapped_column(
        ForeignKey("subscribers.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    asked_at: Mapped[dt.datetime]
    due_at: Mapped[dt.datetime]
    resumes: Mapped[str] = mapped_column(Text)  # ids of subscriptions that were active, by commas
