"""Sum an edition up for the public archive: the insights most of its readers got.

Nobody's brief must be read from it, so an insight counts only when several readers got it.
"""

import datetime as dt
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    cast,
    delete,
    func,
    literal,
    select,
    update,
)
from sqlalchemy.orm import Session

from service.editions.models import Brief, Edition, EditionPick, EditionState
from service.editions.queries import sent_states

FEWEST_READERS = 5
MOST_PICKS = 10
MOST_AT_ONCE = 20  # editions summed up by one sweep


def sum_up_closed(session: Session, *, now: dt.datetime) -> int:
    """Write the most-picked insights of editions that are closed and lack them; return how many."""
    waiting = session.scalars(
        select(Edition)
        .where(Edition.state == EditionState.CLOSED.value, Edition.summed_at.is_(None))
        .order_by(Edition.local_date.desc())
        .limit(MOST_AT_ONCE)
        .with_for_update(skip_locked=True)
    ).all()
    for edition in waiting:
        _sum_up(session, edition, now=now)
    return len(waiting)


def _sum_up(session: Session, edition: Edition, *, now: dt.datetime) -> None:
    session.execute(delete(EditionPick).where(EditionPick.edition_id == edition.id))
    most = session.execute(_most_picked(session, edition)).all()
    session.add_all(
        EditionPick(edition_id=edition.id, insight_id=insight_id, place=place)
        for place, (insight_id, _) in enumerate(most, start=1)
    )
    session.execute(update(Edition).where(Edition.id == edition.id).values(summed_at=now))


def _most_picked(session: Session, edition: Edition) -> Select[*tuple[Any, ...]]:
    """Count the picks of an edition where they are; `picks` begins each with its insight's id."""
    insight_id: ColumnElement[int]
    if session.get_bind().dialect.name == "postgresql":
        each = func.json_array_elements(Brief.picks).table_valued("value")
        insight_id = cast(each.c.value.op("->>")(literal(0)), BigInteger)
    else:
        each = func.json_each(Brief.picks).table_valued("value")
        insight_id = func.json_extract(each.c.value, "$[0]")
    readers = func.count().label("readers")
    return (
        select(insight_id.label("insight_id"), readers)
        .select_from(Brief)
        .join(each, literal(True))  # noqa: FBT003 - SQL's word for "every one of them"
        .where(
            Brief.local_date == edition.local_date,
            Brief.edition_id == edition.id,
            Brief.state.in_(sent_states()),
        )
        .group_by(insight_id)
        .having(readers >= FEWEST_READERS)
        .order_by(readers.desc(), insight_id)
        .limit(MOST_PICKS)
    )
