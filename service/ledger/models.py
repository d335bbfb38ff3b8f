"""Tables of the ledger: waves, attempts, what was shown to whom, who is alive, what is stopped."""

import datetime as dt
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    Date,
    Index,
    Integer,
    PrimaryKeyConstraint,
    SmallInteger,
    String,
    Text,
    text,
)
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
    batch_id: Mapped[int | None] = mapped_column(BigId)  # this and the next two: None for notices
    edition_id: Mapped[int | None] = mapped_column(BigId)
    local_date: Mapped[dt.date | None] = mapped_column(Date)  # finds the briefs' partition
    worker: Mapped[str] = mapped_column(String(80))
    journal: Mapped[str | None] = mapped_column(String(32))  # the file its begins are written to
    transport: Mapped[str] = mapped_column(String(40))
    size: Mapped[int] = mapped_column(Integer)
    started_at: Mapped[dt.datetime]
    lease_until: Mapped[dt.datetime]
    settled_at: Mapped[dt.datetime | None]
    ended_by: Mapped[str | None] = mapped_column(String(8))  # WaveEnd


class Attempt(Base):
    """What one try of a brief came to, unless that was plain: accepted at the first try.

    Those stand on the brief and its wave; all others are rare, so they may cost a row. The key is
    what makes writing it twice harmless.
    """

    __tablename__ = "attempts"
    __table_args__ = (
        PrimaryKeyConstraint("local_date", "brief_id", "attempt", "verdict", "wave_id"),
    )

    local_date: Mapped[dt.date] = mapped_column(Date)
    brief_id: Mapped[int] = mapped_column(BigId)
    attempt: Mapped[int] = mapped_column(SmallInteger)
    verdict: Mapped[str] = mapped_column(String(12))  # sending.outcome.Verdict
    wave_id: Mapped[str] = mapped_column(String(32), default="")  # empty: told outside any wave
    stage: Mapped[str] = mapped_column(String(40))
    code: Mapped[int | None] = mapped_column(SmallInteger)
    reply: Mapped[str | None] = mapped_column(String(300))
    provider_id: Mapped[str | None] = mapped_column(String(200))
    worker: Mapped[str | None] = mapped_column(String(80))
    started_at: Mapped[dt.datetime | None]
    ended_at: Mapped[dt.datetime]


class Stop(Base):
    """A reason why nothing more is claimed, until a person lifts it; see `service.ledger.stops`."""

    __tablename__ = "stops"

    name: Mapped[str] = mapped_column(String(60), primary_key=True)
    reason: Mapped[str] = mapped_column(Text)
    since: Mapped[dt.datetime]
    entered_by: Mapped[str] = mapped_column(String(80))
    lifted_at: Mapped[dt.datetime | None]


class StoreMark(Base):
    """A fact about this store that its copies carry along."""

    __tablename__ = "store_marks"

    name: Mapped[str] = mapped_column(String(20), primary_key=True)
    value: Mapped[str] = mapped_column(String(64))


class Shown(Base):
    """A story somebody was sent, so that they never get it again, from any list.

    No foreign key: looking each subscriber up again cost more than writing the row, and planning
    has just read them. Who erases a subscriber deletes these rows too.
    """

    __tablename__ = "shown"
    # written in the order of days, so a summary of each range of pages finds what is old
    __table_args__ = (Index("ix_shown_shown_on", "shown_on", postgresql_using="brin"),)

    subscriber_id: Mapped[int] = mapped_column(BigId, primary_key=True)
    story_id: Mapped[int] = mapped_column(BigId, primary_key=True)
    insight_id: Mapped[int] = mapped_column(BigId)
    brief_id: Mapped[int] = mapped_column(BigId)
    shown_on: Mapped[dt.date] = mapped_column(Date)


class Heartbeat(Base):
    """A sign of life, written by the loop that does the work and by nothing beside it."""

    __tablename__ = "heartbeats"

    name: Mapped[str] = mapped_column(String(80), primary_key=True)
    kind: Mapped[str] = mapped_column(String(10))  # worker, beat, sweep
    host: Mapped[str] = mapped_column(String(80))
    pid: Mapped[int] = mapped_column(Integer)
    started_at: Mapped[dt.datetime]
    seen_at: Mapped[dt.datetime]
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)
