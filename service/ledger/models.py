"""Tables of the ledger: waves, what was shown to whom, who is alive."""

import datetime as dt
from enum import StrEnum
from typing import Any

from sqlalchemy import Date, ForeignKey, Index, Integer, String, text
from sqlalchemy.orm import Mapped, mapped_column

from service.db.base import Base, BigId


class WaveEnd(StrEnum):
    """Who wrote down what became of a wave."""

    WORKER = "worker"  # the one that sent it
    JOURNAL = "journal"  # whoever read the journal of the dead
    SWEEPER = "sweeper"  # its lease ran out and no journal was there: all in doubt


class Wave(Base):
    """A few seconds of sending, marked in one commit and settled in one; the id is the worker's."""

    __tablename__ = "waves"
    __table_args__ = (
        Index(
            "ix_waves_open",
            "lease_until",
            postgresql_where=text("settled_at IS NULL"),
            sqlite_where=text("settled_at IS NULL"),
        ),
        Index("ix_waves_batch_id", "batch_id"),
        Index("ix_waves_journal", "journal"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    batch_id: Mapped[int] = mapped_column(BigId)
    edition_id: Mapped[int] = mapped_column(BigId)
    local_date: Mapped[dt.date] = mapped_column(Date)  # finds the briefs' partition
    worker: Mapped[str] = mapped_column(String(80))
    journal: Mapped[str | None] = mapped_column(String(32))  # the file its begins are written to
    transport: Mapped[str] = mapped_column(String(40))
    size: Mapped[int] = mapped_column(Integer)
    started_at: Mapped[dt.datetime]
    lease_until: Mapped[dt.datetime]
    settled_at: Mapped[dt.datetime | None]
    ended_by: Mapped[str | None] = mapped_column(String(8))  # WaveEnd


class Shown(Base):
    """A story somebody was sent, so that they never get it again, from any list."""

    __tablename__ = "shown"
    __table_args__ = (Index("ix_shown_shown_on", "shown_on"),)

    subscriber_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("subscribers.id", ondelete="CASCADE"), primary_key=True
    )
    story_id: Mapped[int] = mapped_column(BigId, primary_key=True)
    insight_id: Mapped[int] = mapped_column(BigId)
    brief_id: Mapped[int] = mapped_column(BigId)
    shown_on: Mapped[dt.date] = mapped_column(Date)


class Heartbeat(Base):
    """A sign of life, written by the loop that does the work and by nothing beside it."""

    __tablename__ = "heartbeats"

    name: Mapped[str] = mapped_column(String(80), primary_key=True)
    kind: Mapped[str] = mapped_column(String(10))  # worker, beat
    host: Mapped[str] = mapped_column(String(80))
    pid: Mapped[int] = mapped_column(Integer)
    started_at: Mapped[dt.datetime]
    seen_at: Mapped[dt.datetime]
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)
