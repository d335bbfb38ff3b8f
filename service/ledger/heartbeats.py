"""Signs of life: written by the loops that do the work, read by those who ask whether it runs."""

import os
import socket
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from service.db.bulk import insert_ignoring
from service.db.time import database_now
from service.ledger.models import Heartbeat

FORGOTTEN_AFTER_SECONDS = 86_400


def beat(session: Session, *, name: str, kind: str, details: dict[str, Any]) -> None:
    """Record that `name` is alive now, by the database's clock."""
    seen = (
        update(Heartbeat)
        .where(Heartbeat.name == name)
        .values(seen_at=database_now(), details=details)
        .execution_options(synchronize_session=False)
    )
    if session.execute(seen).rowcount:  # type: ignore[attr-defined]  # an UPDATE counts its rows
        return
    now = session.scalar(select(database_now()))
    row = {
        "name": name,
        "kind": kind,
        "host": socket.gethostname()[:80],
        "pid": os.getpid(),
        "started_at": now,
        "seen_at": now,
        "details": details,
    }
    insert_ignoring(session, Heartbeat, [row])


def take_turn(session: Session, *, deed: str, every_seconds: float) -> bool:
    """Return whether it is our turn at a deed that one of all processes is enough for.

    One guarded update: of many that ask at once, one is told yes. A holder that dies in the middle
    costs one interval, no more.
    """
    taken = session.execute(
        update(Heartbeat)
        .where(Heartbeat.name == deed, Heartbeat.seen_at <= database_now(-every_seconds))
        .values(seen_at=database_now(), host=socket.gethostname()[:80], pid=os.getpid())
        .execution_options(synchronize_session=False)
    )
    if taken.rowcount:  # type: ignore[attr-defined]  # an UPDATE counts its rows
        return True
    if session.scalar(select(Heartbeat.name).where(Heartbeat.name == deed)) is not None:
        return False
    beat(session, name=deed, kind=deed, details={})
    return True


def end(session: Session, *, name: str) -> None:
    """Forget `name`: it ended on purpose."""
    session.execute(delete(Heartbeat).where(Heartbeat.name == name))


def alive(session: Session, *, kind: str, within_seconds: float = 60) -> list[Heartbeat]:
    """Return those of a kind that were seen lately, by name."""
    statement = (
        select(Heartbeat)
        .where(Heartbeat.kind == kind, Heartbeat.seen_at > database_now(-within_seconds))
        .order_by(Heartbeat.name)
    )
    return list(session.scalars(statement))


def age_seconds(session: Session, kind: str) -> float | None:
    """Return how long ago the last of a kind was seen; None when there never was one."""
    row = session.execute(
        select(Heartbeat.seen_at, database_now().label("now"))
        .where(Heartbeat.kind == kind)
        .order_by(Heartbeat.seen_at.desc())
        .limit(1)
    ).first()
    return None if row is None else max(0.0, (row.now - row.seen_at).total_seconds())


def forget_the_dead(session: Session) -> None:
    """Remove signs of life older than a day."""
    session.execute(
        delete(Heartbeat).where(Heartbeat.seen_at < database_now(-FORGOTTEN_AFTER_SECONDS))
    )
