"""Tables of how people stand to what we send: when they last acted, and whom we slow down."""

import datetime as dt
from enum import StrEnum

from sqlalchemy import Date, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from service.db.base import Base


class FatigueStage(StrEnum):
    """How far a subscription whose briefs are ignored has been slowed down."""

    QUESTIONED = "questioned"  # nothing is slowed: we cannot see, so one brief asked a question
    OFFERED = "offered"  # each brief offers to come weekly
    WEEKLY = "weekly"  # comes weekly now; any act brings back what they had
    ASKED = "asked"  # a mail asked whether to go on
    PAUSED = "paused"  # nothing is sent until they act


SLOWED = (FatigueStage.WEEKLY, FatigueStage.ASKED, FatigueStage.PAUSED)


class FooterNote(StrEnum):
    """What a brief says at its foot for want of a sign; the mail has the words."""

    OFFER_WEEKLY = "offer_weekly"  # too much? take it weekly
    NOW_WEEKLY = "now_weekly"  # it comes weekly now; take it as before
    STILL_WELCOME = "still_welcome"  # is it still of use to you?


class ReaderActivity(Base):
    """When somebody last did something of their own; no row while they never did.

    Opens and suspected clicks are nothing they did.
    """

    __tablename__ = "reader_activity"

    subscriber_id: Mapped[int] = mapped_column(
        ForeignKey("subscribers.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    acted_at: Mapped[dt.datetime]


class Fatigue(Base):
    """Where a subscription stands on the way from every day to a pause; no row: nowhere."""

    __tablename__ = "fatigue"
    __table_args__ = (Index("ix_fatigue_stage", "stage", "since"),)

    subscription_id: Mapped[int] = mapped_column(
        ForeignKey("subscriptions.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    stage: Mapped[str] = mapped_column(String(10))  # FatigueStage
    since: Mapped[dt.datetime]
    frequency_before: Mapped[str | None] = mapped_column(String(10))  # what slowing took away
    note_on: Mapped[dt.date | None] = mapped_column(Date)  # the brief that asked, or is to ask
