"""The columns every row of owed mail shares: briefs today, notices with the same code."""

import datetime as dt

from sqlalchemy import SmallInteger, String
from sqlalchemy.orm import Mapped, mapped_column


class DeliveryColumns:
    """Mixed into a table; only `service.ledger` and `service.sending` change these."""

    state: Mapped[str] = mapped_column(String(12))  # DeliveryState
    reason: Mapped[str | None] = mapped_column(String(40))  # SkipReason, or why it ended so
    attempt: Mapped[int] = mapped_column(SmallInteger, default=0, server_default="0")
    wave_id: Mapped[str | None] = mapped_column(String(32))
    due_at: Mapped[dt.datetime]
    expires_at: Mapped[dt.datetime]
    next_at: Mapped[dt.datetime]  # not tried before this
    created_at: Mapped[dt.datetime]
    settled_at: Mapped[dt.datetime | None]
    transport: Mapped[str | None] = mapped_column(String(40))
    provider_id: Mapped[str | None] = mapped_column(String(200))
    code: Mapped[int | None] = mapped_column(SmallInteger)
    reply: Mapped[str | None] = mapped_column(String(300))
