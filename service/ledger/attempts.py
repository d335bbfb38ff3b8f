"""The history of tries that did not simply end well: written rarely, read by `brief trace`."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.db.bulk import insert_ignoring
from service.ledger.models import Attempt, Wave


def note_attempts(
    session: Session,
    rows: Sequence[dict[str, Any]],
    *,
    local_date: dt.date,
    wave_id: str | None,
    now: dt.datetime,
) -> None:
    """Write what tries came to; each row holds brief_id, attempt, verdict and stage at least.

    Worker and beginning are taken from the wave. Noting the same again changes nothing.
    """
    if not rows:
        return
    wave = session.get(Wave, wave_id) if wave_id else None
    shared = {
        "local_date": local_date,
        "wave_id": wave_id or "",
        "worker": wave.worker if wave else None,
        "started_at": wave.started_at if wave else None,
        "ended_at": now,
    }
    empty = {"code": None, "reply": None, "provider_id": None}
    insert_ignoring(session, Attempt, [{**shared, **empty, **row} for row in rows])


def attempts_of(session: Session, *, local_date: dt.date, brief_id: int) -> list[Attempt]:
    """Return the noted tries of a brief, in the order in which they ended."""
    return list(
        session.scalars(
            select(Attempt)
            .where(Attempt.local_date == local_date, Attempt.brief_id == brief_id)
            .order_by(Attempt.ended_at, Attempt.attempt)
        )
    )
