"""Give a due moment to subscriptions that have none: new ones, and those whose wishes changed.

Those paused until a date are taken up again here, on that date of their own calendar.

Whoever changes an hour, zone, frequency or status clears `next_due_at`; zones are computed in one
place only.
"""

import datetime as dt
from zoneinfo import ZoneInfo

from sqlalchemy import BigInteger, Date, select, update
from sqlalchemy.orm import Session

from service.audience.models import Subscription, SubscriptionStatus
from service.db.base import UtcDateTime
from service.db.bulk import rows_as_table
from service.db.database import Database
from service.editions.due import ZONE_CHANGE_PAUSE, Rhythm, local_date, moment_of, next_due

PAGE_SIZE = 5_000
EARLIEST_ZONE = dt.timedelta(hours=14)  # nowhere is it later than there
_LATE_RESUME = dt.timedelta(hours=6)  # found so long after midnight, a pause ends as of now


def schedule_new(database: Database, *, now: dt.datetime) -> int:
    """Schedule all active subscriptions without a due moment; return how many."""
    scheduled = end_pauses(database, now=now)
    while True:
        with database.reading() as session:
            waiting = _waiting(session)
        if not waiting:
            return scheduled
        with database.transaction() as session:
            scheduled += _schedule(session, waiting, now=now)


def end_pauses(database: Database, *, now: dt.datetime) -> int:
    """Take up again whoever's date has come where they are; return how many.

    Zones behind others wait for their own midnight, so a page is asked for at most every date of
    the day.
    """
    resumed, last_id = 0, 0
    while True:
        with database.reading() as session:
            page = _paused_until(session, date=(now + EARLIEST_ZONE).date(), after_id=last_id)
        if not page:
            return resumed
        last_id = page[-1].id
        over = [one for one in page if one.paused_until and _has_come(one, one.paused_until, now)]
        if over:
            with database.transaction() as session:
                resumed += _resume(session, over, now=now)


def _paused_until(session: Session, *, date: dt.date, after_id: int) -> list[Subscription]:
    return list(
        session.scalars(
            select(Subscription)
            .where(
                Subscription.paused_until <= date,
                Subscription.status == SubscriptionStatus.PAUSED.value,
                Subscription.id > after_id,
            )
            .order_by(Subscription.id)
            .limit(PAGE_SIZE)
        )
    )


def _has_come(subscription: Subscription, date: dt.date, now: dt.datetime) -> bool:
    return today_of(subscription, now=now) >= date


def _resume(session: Session, over: list[Subscription], *, now: dt.datetime) -> int:
    page = rows_as_table(
        session,
        "page",
        {
            "id": (BigInteger(), [subscription.id for subscription in over]),
            "until": (Date(), [subscription.paused_until for subscription in over]),
            "due": (UtcDateTime(), [first_due(subscription, now=now) for subscription in over]),
        },
    )
    done = session.execute(
        update(Subscription)
        .where(
            Subscription.id == page.c.id,
            Subscription.paused_until == page.c.until,
            Subscription.status == SubscriptionStatus.PAUSED.value,
        )
        .values(status=SubscriptionStatus.ACTIVE.value, paused_until=None, next_due_at=page.c.due)
        .execution_options(synchronize_session=False)
    )
    return int(done.rowcount)  # type: ignore[attr-defined]  # an UPDATE counts its rows


def _waiting(session: Session) -> list[Subscription]:
    return list(
        session.scalars(
            select(Subscription)
            .where(
                Subscription.next_due_at.is_(None),
                Subscription.status == SubscriptionStatus.ACTIVE.value,
            )
            .order_by(Subscription.id)
            .limit(PAGE_SIZE)
        )
    )


def _schedule(session: Session, waiting: list[Subscription], *, now: dt.datetime) -> int:
    page = rows_as_table(
        session,
        "page",
        {
            "id": (BigInteger(), [subscription.id for subscription in waiting]),
            "due": (UtcDateTime(), [first_due(subscription, now=now) for subscription in waiting]),
        },
    )
    done = session.execute(
        update(Subscription)
        .where(
            Subscription.id == page.c.id,
            Subscription.next_due_at.is_(None),
            Subscription.status == SubscriptionStatus.ACTIVE.value,
        )
        .values(next_due_at=page.c.due)
        .execution_options(synchronize_session=False)
    )
    return int(done.rowcount)  # type: ignore[attr-defined]  # an UPDATE counts its rows


def first_due(subscription: Subscription, *, now: dt.datetime) -> dt.datetime:
    """Return when the next brief is due as things stand now; for a pause, when it is over."""
    zone = ZoneInfo(subscription.timezone)
    last = subscription.last_due_at
    moved = subscription.last_timezone not in (None, subscription.timezone)
    after = now
    if subscription.paused_until is not None:
        # a second before that day begins, or a brief of midnight would wait for the next
        begins = moment_of(subscription.paused_until, 0, zone) - dt.timedelta(seconds=1)
        after = begins if now - begins < _LATE_RESUME else now
    return next_due(
        **Rhythm(zone, subscription.hour, subscription.frequency, subscription.days)._asdict(),
        after=after,
        served_date=subscription.last_local_date,
        not_before=last + ZONE_CHANGE_PAUSE if last is not None and moved else None,
    )


def today_of(subscription: Subscription, *, now: dt.datetime) -> dt.date:
    """Return the date on the subscriber's own calendar."""
    return local_date(now, ZoneInfo(subscription.timezone))
