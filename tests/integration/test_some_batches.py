"""Many batches are taken a few at a time, and none is left out or taken twice."""

import datetime as dt

from sqlalchemy import select, update

from service.editions.models import Batch, BatchState, Brief
from service.sending import some_batches
from service.sending.some_batches import briefs_of_some
from service.sending.sweep import sweep
from tests.factories.sending import equation_holds, states


def split_up(database) -> None:
    """Give each brief a batch of its own."""
    with database.transaction() as session:
        batch = session.scalars(select(Batch)).one()
        briefs = session.scalars(select(Brief).order_by(Brief.id)).all()
        for brief in briefs[1:]:
            other = Batch(
                edition_id=batch.edition_id,
                local_date=batch.local_date,
                size=1,
                next_at=batch.next_at,
                created_at=batch.created_at,
            )
            session.add(other)
            session.flush()
            brief.batch_id = other.id


def test_each_brief_is_found_once_however_many_batches_there_are(planned, monkeypatch):
    monkeypatch.setattr(some_batches, "BATCHES_AT_ONCE", 3)
    split_up(planned)
    with planned.reading() as session:
        some = list(briefs_of_some(session, Batch.state == BatchState.READY.value))
        found = [session.scalars(select(Brief.id).where(*where)).all() for where in some]
        everybody = session.scalars(select(Brief.id)).all()
    assert [len(ids) for ids in found] == [3, 3, 1]
    assert sorted(number for ids in found for number in ids) == sorted(everybody)


def test_what_is_too_late_ends_in_every_batch(planned, clock, monkeypatch):
    monkeypatch.setattr(some_batches, "BATCHES_AT_ONCE", 3)
    split_up(planned)
    with planned.transaction() as session:
        first = session.scalars(select(Brief.id).order_by(Brief.id)).first()
        session.execute(update(Brief).where(Brief.id == first).values(state="in_doubt"))
    clock.advance(dt.timedelta(days=2))

    sweep(planned, now=clock.now())

    assert states(planned) == {"expired": 6, "unknown": 1}
    assert equation_holds(planned)
