"""Why somebody left a list, if they said so."""

import datetime as dt
from enum import StrEnum

from sqlalchemy import Date, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from service.db.base import Base, BigId


class DepartureReason(StrEnum):
    """What somebody may tick when they leave."""

    TOO_MANY = "too_many"  # too much mail
    NOT_RELEVANT = "not_relevant"  # not about what interests them
    NOT_GOOD = "not_good"  # wrong, shallow, badly written
    NOT_ASKED = "not_asked"  # never signed up, as they see it
    OTHER = "other"  # in their own words


class Departure(Base):
    """A reason for leaving; nobody is asked for it twice, and the last word counts."""

    __tablename__ = "departures"

    subscription_id: Mapped[int] = mapped_column(
        ForeignKey("subscriptions.id", ondelete="CASCADE"), primary_key=True
    )
    reason: Mapped[str] = mapped_column(String(12))  # DepartureReason
    words: Mapped[str] = mapped_column(String(500))
    local_date: Mapped[dt.date | None] = mapped_column(Date)  # of the brief they left by
    brief_id: Mapped[int | None] = mapped_column(BigId)
    happened_at: Mapped[dt.datetime]
