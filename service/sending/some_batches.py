"""The briefs of many batches, some batches at a time.

Each statement must end within the store's patience, however many are due.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from service.editions.models import Batch, Brief

BATCHES_AT_ONCE = 20  # some 20,000 briefs: a second or so


def briefs_of_some(
    session: Session, *which: ColumnElement[bool]
) -> Iterator[Sequence[ColumnElement[bool]]]:
    """Yield where the briefs are of those batches that meet `which`, by their keys."""
    found = session.execute(
        select(Batch.local_date, Batch.edition_id, Batch.id)
        .where(*which)
        .order_by(Batch.local_date, Batch.edition_id, Batch.id)
    ).all()
    for (local_date, edition_id), rows in groupby(found, key=lambda row: row[:2]):
        ids = [row[2] for row in rows]
        for start in range(0, len(ids), BATCHES_AT_ONCE):
            yield (
                Brief.local_date == local_date,
                Brief.edition_id == edition_id,
                Brief.batch_id.in_(ids[start : start + BATCHES_AT_ONCE]),
            )
