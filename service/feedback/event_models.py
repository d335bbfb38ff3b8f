"""The inbox of delivery events: each fact from outside once, without a plain address."""

import datetime as dt
from enum import StrEnum

from sqlalchemy import Date, Index, SmallInteger, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from service.db.base import Base, BigId


class Applied(StrEnum):
    """What an event came to when it was told; a note, nothing is decided by it."""

    SETTLED = "settled"  # it proved that a brief in doubt had been accepted
    NOTED = "noted"  # it changed no state of ours, perhaps the mailbox state or a suppression
    TOO_LATE = "too_late"  # the brief had ended as unknown, and an end stays
    CONTRADICTS = "contradicts"  # we hold this brief for not sent: look into it
    UNMATCHED = "unmatched"  # it names no brief of ours


class DeliveryEvent(Base):
    """A fact from outside, stored once for (provider, event_key).

    The recipient is a keyed hash (service.feedback.recipients), `raw` the report without what
    tells who it is about: an erased person leaves nothing readable here.
    """

    __tablename__ = "delivery_events"
    __table_args__ = (
        UniqueConstraint("provider", "event_key"),
        Index("ix_delivery_events_local_date_brief_id", "local_date", "brief_id"),
        Index("ix_delivery_events_recipient", "recipient"),
        Index(
            "ix_delivery_events_notice_id",
            "notice_id",
            postgresql_where=text("notice_id IS NOT NULL"),
            sqlite_where=text("notice_id IS NOT NULL"),
        ),
        Index(
            "ix_delivery_events_complained",
            "local_date",
            postgresql_where=text("kind = 'complained'"),
            sqlite_where=text("kind = 'complained'"),
        ),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    provider: Mapped[str] = mapped_column(String(20))
    event_key: Mapped[str] = mapped_column(String(100))
    kind: Mapped[str] = mapped_column(String(12))  # EventKind
    bounce: Mapped[str | None] = mapped_column(String(10))  # Bounce
    origin: Mapped[str | None] = mapped_column(String(10))  # Origin
    local_date: Mapped[dt.date | None] = mapped_column(Date)  # of the brief
    brief_id: Mapped[int | None] = mapped_column(BigId)
    notice_id: Mapped[int | None] = mapped_column(BigId)  # when it is about one; then no brief
    attempt: Mapped[int | None] = mapped_column(SmallInteger)
    recipient: Mapped[str | None] = mapped_column(String(64))
    provider_id: Mapped[str | None] = mapped_column(String(200))
    detail: Mapped[str] = mapped_column(String(300), default="")
    happened_at: Mapped[dt.datetime]
    received_at: Mapped[dt.datetime]
    verdict: Mapped[str] = mapped_column(String(12))  # Applied
    raw: Mapped[str] = mapped_column(Text)
