"""Who followed a signed link of ours: one row a request, with the verdict and its evidence."""

import datetime as dt
from enum import StrEnum

from sqlalchemy import Date, ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from service.db.base import Base, BigId


class VisitKind(StrEnum):
    """What a request was."""

    CLICK = "click"  # a page behind a signed link, or the way to a source
    OPEN = "open"  # the pixel of somebody who agreed to it
    FORM = "form"  # a button on such a page
    UNSUBSCRIBE = "unsubscribe"  # the button that ends a subscription, or a mail program's POST


class Verdict(StrEnum):
    """Who it was."""

    HUMAN = "human"  # nothing speaks against it
    SUSPECTED = "suspected"  # probably a program: counts in no figure, and nothing is learned of it


class Visit(Base):
    """One request for a signed link.

    No address of the visitor is kept: `visitor` is a keyed hash of it that changes every day.
    """

    __tablename__ = "visits"
    __table_args__ = (
        Index("ix_visits_local_date_brief_id", "local_date", "brief_id"),
        Index("ix_visits_subscriber_id", "subscriber_id"),
        Index("ix_visits_happened_at", "happened_at"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    happened_at: Mapped[dt.datetime]
    kind: Mapped[str] = mapped_column(String(12))  # VisitKind
    target: Mapped[str] = mapped_column(String(20))  # brief, up, source, pause, preferences
    method: Mapped[str] = mapped_column(String(8))
    subscriber_id: Mapped[int | None] = mapped_column(
        ForeignKey("subscribers.id", ondelete="CASCADE")
    )
    local_date: Mapped[dt.date | None] = mapped_column(Date)  # of the brief
    brief_id: Mapped[int | None] = mapped_column(BigId)
    insight_id: Mapped[int | None] = mapped_column(BigId)
    verdict: Mapped[str] = mapped_column(String(10))  # Verdict
    evidence: Mapped[str] = mapped_column(String(60))  # what speaks against a human, by word
    seconds: Mapped[int | None] = mapped_column(Integer)  # since the brief was accepted
    agent: Mapped[str] = mapped_column(String(200))  # as the program calls itself
    visitor: Mapped[str | None] = mapped_column(String(32))
