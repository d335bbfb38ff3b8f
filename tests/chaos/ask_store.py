"""What the store says of its work while a site is under attack, and going on after a restore."""

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import func, select

from service.db.database import Database
from service.editions.models import Batch, Brief
from service.errors import UnavailableError
from service.ledger import stops
from service.ledger.state import DeliveryState
from service.sending.restored import go_on


class InHand(NamedTuple):
    """A batch, and who holds it."""

    batch_id: int
    owner: str

    @property
    def pid(self) -> int:
        return int(self.owner.split(":")[1])


def pids_at_work(database: Database) -> set[int]:
    """Return the processes that hold a batch, as far as the store can tell now."""
    try:
        with database.reading() as session:
            owners = session.scalars(select(Batch.owner).where(Batch.owner.is_not(None)))
            return {InHand(0, owner).pid for owner in owners if owner}
    except UnavailableError:
        return set()


def batch_in_hand(database: Database, *, at_least: int, owner: str | None = None) -> InHand | None:
    """Return a batch somebody (or `owner`) holds of which so many briefs have not begun."""
    left = (
        select(func.count())
        .where(
            Brief.local_date == Batch.local_date,
            Brief.batch_id == Batch.id,
            Brief.state == DeliveryState.PLANNED.value,
        )
        .scalar_subquery()
    )
    whose = Batch.owner.is_not(None) if owner is None else Batch.owner == owner
    with database.reading() as session:
        found = session.execute(
            select(Batch.id, Batch.owner).where(whose, left >= at_least).order_by(Batch.id)
        ).first()
    return None if found is None else InHand(found.id, found.owner)


def accepted_of(database: Database, held: InHand) -> int:
    """Return how many briefs of that batch have been settled as accepted."""
    accepted = Brief.state == DeliveryState.ACCEPTED.value
    with database.reading() as session:
        found = select(func.count()).where(Brief.batch_id == held.batch_id, accepted)
        return session.scalar(found) or 0


def planned(database: Database) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(Brief)) or 0


def settled(database: Database) -> int:
    """Return how many briefs have ended by a hand-over."""
    with database.reading() as session:
        ended = select(func.count()).where(Brief.settled_at.is_not(None))
        return session.scalar(ended) or 0


def is_in_safe_mode(database: Database) -> bool:
    with database.reading() as session:
        return any(stop.name == stops.STORE for stop in stops.standing(session))


def say_it_was_restored(database: Database, journals: Path, *, steps: Sequence[float]) -> None:
    """Do what `podbrief db restored` does."""
    go_on(database, journals, now=dt.datetime.now(dt.UTC), steps=steps)
