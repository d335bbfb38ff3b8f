"""Tables of editions: what was due, what was frozen for whom, and the batches it is sent in."""

import datetime as dt
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    JSON,
    Date,
    ForeignKey,
    Index,
    Integer,
    PrimaryKeyConstraint,
    SmallInteger,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from service.audience.models import NewsletterList
from service.db.base import Base, BigId
from service.ledger.columns import DeliveryColumns


class EditionState(StrEnum):
    """What may happen to the briefs of an edition."""

    OPEN = "open"  # planned and sent as they come due
    PAUSED = "paused"  # planned, not sent, until somebody resumes it
    CANCELLED = "cancelled"  # nothing more of it is sent
    CLOSED = "closed"  # every brief has ended and the last zone's day is over


class BatchState(StrEnum):
    """Where a batch stands."""

    READY = "ready"  # waits for a worker, from next_at on
    LEASED = "leased"  # a worker has it until lease_until
    DONE = "done"  # nothing in it can be sent any more


class Edition(Base):
    """One list on one local date, whatever the zone."""

    __tablename__ = "editions"
    __table_args__ = (UniqueConstraint("list_id", "local_date"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    list_id: Mapped[int] = mapped_column(ForeignKey("lists.id"))
    local_date: Mapped[dt.date] = mapped_column(Date)
    state: Mapped[str] = mapped_column(String(10), default=EditionState.OPEN)
    problem: Mapped[str | None] = mapped_column(Text)  # why it stopped by itself
    template_digest: Mapped[str | None] = mapped_column(String(64))  # fixed by the first to render
    created_at: Mapped[dt.datetime]
    closed_at: Mapped[dt.datetime | None]
    summed_at: Mapped[dt.datetime | None]  # when its EditionPicks were written

    list: Mapped[NewsletterList] = relationship(lazy="raise")


class EditionPick(Base):
    """One of the insights most readers of an edition got; the public archive shows them."""

    __tablename__ = "edition_picks"

    edition_id: Mapped[int] = mapped_column(
        ForeignKey("editions.id", ondelete="CASCADE"), primary_key=True
    )
    insight_id: Mapped[int] = mapped_column(
        ForeignKey("insights.id", ondelete="CASCADE"), primary_key=True
    )
    place: Mapped[int] = mapped_column(SmallInteger)  # 1 is the one most readers got


class Run(Base):
    """One `edition run`: planning on demand, so that its briefs can be told from others."""

    __tablename__ = "runs"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    list_id: Mapped[int] = mapped_column(ForeignKey("lists.id"))
    as_of: Mapped[dt.datetime]
    started_at: Mapped[dt.datetime]


class Tick(Base):
    """A page of planning: how many were due, counted apart from the rows made for them.

    `due` comes from the subscriptions moved on, the briefs are counted from `briefs`: the equation
    of docs/architecture.md compares two things that could differ.
    """

    __tablename__ = "ticks"
    __table_args__ = (
        Index("ix_ticks_edition_id", "edition_id"),
        Index("ix_ticks_run_id", "run_id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    edition_id: Mapped[int] = mapped_column(ForeignKey("editions.id"))
    run_id: Mapped[int | None] = mapped_column(ForeignKey("runs.id"))
    # how its briefs were chosen; no foreign key, for both are written in one short transaction
    choice_page_id: Mapped[int | None] = mapped_column(BigId)
    due: Mapped[int] = mapped_column(Integer)
    planned_at: Mapped[dt.datetime]


class Batch(Base):
    """Briefs handed to one worker; leased as a whole."""

    __tablename__ = "batches"
    __table_args__ = (
        Index("ix_batches_edition_id", "edition_id"),
        Index(
            "ix_batches_open",
            "state",
            "next_at",
            postgresql_where=text("state <> 'done'"),
            sqlite_where=text("state <> 'done'"),
        ),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    edition_id: Mapped[int] = mapped_column(ForeignKey("editions.id"))
    local_date: Mapped[dt.date] = mapped_column(Date)
    state: Mapped[str] = mapped_column(String(8), default=BatchState.READY)
    size: Mapped[int] = mapped_column(Integer)
    owner: Mapped[str | None] = mapped_column(String(80))
    fence: Mapped[int] = mapped_column(Integer, default=0)
    lease_until: Mapped[dt.datetime | None]
    next_at: Mapped[dt.datetime]
    created_at: Mapped[dt.datetime]

    edition: Mapped[Edition] = relationship(lazy="raise")


class Brief(DeliveryColumns, Base):
    """One subscriber's picks in an edition, frozen; or the reason there are none.

    `picks` is `[[insight id, score, reason code, argument], …]` in rank order. On PostgreSQL the
    table is partitioned by month of `local_date`; whatever points at a brief carries its date.
    """

    __tablename__ = "briefs"
    __table_args__ = (
        # the number first: a young partition has no figures, and one that led by date would be read
        # whole for a handful of rows
        PrimaryKeyConstraint("id", "local_date"),
        UniqueConstraint("subscriber_id", "list_id", "local_date"),  # finds a person's briefs too
        Index("ix_briefs_edition_id_batch_id", "edition_id", "batch_id"),
        {"postgresql_partition_by": "RANGE (local_date)"},
    )

    local_date: Mapped[dt.date] = mapped_column(Date)
    id: Mapped[int] = mapped_column(BigId, autoincrement=False)
    list_id: Mapped[int] = mapped_column(BigId)
    subscriber_id: Mapped[int] = mapped_column(BigId)
    subscription_id: Mapped[int] = mapped_column(BigId)
    edition_id: Mapped[int] = mapped_column(BigId)
    batch_id: Mapped[int | None] = mapped_column(BigId)
    tick_id: Mapped[int] = mapped_column(BigId)
    hour: Mapped[int] = mapped_column(Integer)  # the local hour they had chosen
    # and the rhythm, as due.frequency_with_days writes it; both stand in the mail
    frequency: Mapped[str] = mapped_column(String(10))
    picks: Mapped[list[Any]] = mapped_column(JSON)  # as text: nothing ever looks for one by them
    mailbox_state: Mapped[str | None] = mapped_column(String(20))  # feedback's MailboxState
