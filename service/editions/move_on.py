"""Set the next due moment of a page of people: the one write that decides who plans them."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import BigInteger, Date, Integer, select, update
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import ReturningUpdate

from service.audience.models import Subscription, SubscriptionStatus
from service.db.base import UtcDateTime
from service.db.bound_rows import BoundRows
from service.db.columns import ColumnsRead
from service.editions.planned import Plan

_PAGE = BoundRows("page", {"id": BigInteger(), "place": Integer()})
_MOMENTS = BoundRows(
    "moments",
    {
        "place": Integer(),
        "seen": UtcDateTime(),
        "next": UtcDateTime(),
        "due": UtcDateTime(),
        "date": Date(),
    },
)


def move_on(session: Session, plans: Sequence[Plan]) -> set[int]:
    """Set the next due moment of those who still stand where we saw them; return their ids."""
    if not plans:
        return set()
    connection = session.connection()
    is_postgresql = connection.dialect.name == "postgresql"
    bound = _bound(plans, is_postgresql=is_postgresql)
    if is_postgresql:
        (moved,) = _AS_COLUMN.run(session, **bound)
        return set(moved.tolist())
    return set(connection.execute(_AS_ROWS, bound).scalars())


def _bound(plans: Sequence[Plan], *, is_postgresql: bool) -> Mapping[str, Any]:
    """Return what the statement is bound to: many people share few moments, sent once."""
    ids = [number for plan in plans for number in plan.group.subscription_ids]
    places = [place for place, plan in enumerate(plans) for _ in range(len(plan))]
    slots = [plan.slot for plan in plans]
    moments = (
        range(len(plans)),
        [plan.place.next_due_at for plan in plans],
        [slot.next_due_at for slot in slots],
        [slot.due_at for slot in slots],
        [slot.local_date for slot in slots],
    )
    return {
        **_PAGE.values((ids, places), is_postgresql=is_postgresql),
        **_MOMENTS.values(moments, is_postgresql=is_postgresql),
    }


def _statement(*, is_postgresql: bool) -> ReturningUpdate[int]:
    page = _PAGE.table(is_postgresql=is_postgresql)
    moments = _MOMENTS.table(is_postgresql=is_postgresql)
    return (
        update(Subscription)
        .where(
            Subscription.id == page.c.id,
            page.c.place == moments.c.place,
            Subscription.next_due_at.is_not_distinct_from(moments.c.seen),
            Subscription.status == SubscriptionStatus.ACTIVE.value,
        )
        .values(
            next_due_at=moments.c.next,
            last_due_at=moments.c.due,
            last_local_date=moments.c.date,
            last_timezone=Subscription.timezone,
        )
        .returning(Subscription.id)
    )


_AS_COLUMN = ColumnsRead(select(_statement(is_postgresql=True).cte("moved").c.id))
_AS_ROWS = _statement(is_postgresql=False)
