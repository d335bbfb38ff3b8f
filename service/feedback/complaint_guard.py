"""Stop a list whose readers press "this is spam": its editions wait until a person has looked.

One complaint stops all mail to that reader (`service.feedback.standing`). Many stop the list:
mailbox providers begin to refuse everybody's mail near three in a thousand.
"""

import datetime as dt

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from service.audience.models import NewsletterList
from service.editions.control import resume
from service.editions.models import Brief, Edition, EditionState
from service.errors import NotFoundError
from service.feedback.event_models import DeliveryEvent
from service.feedback.values import EventKind
from service.ledger.state import DeliveryState
from service.ledger.stops import lift_list, list_stop, stop_list

LOOKED_BACK = dt.timedelta(days=7)
FEWEST = 5  # complaints; one angry reader of a small list is no pattern


def guard_complaints(session: Session, *, now: dt.datetime) -> int:
    """Stop every list over its share of complaints; return how many were stopped just now.

    After a person has reopened a list only what came since then counts.
    """
    stopped = 0
    for newsletter, complaints in _complained_of(session, now):
        stop = list_stop(session, newsletter.id)
        if stop is not None and stop.lifted_at is None:
            _hold_editions(session, newsletter, stop.reason)
            continue
        since = now - LOOKED_BACK
        if stop is not None and stop.lifted_at is not None:
            since = max(since, stop.lifted_at)
        told = [moment for moment in complaints if moment > since]
        sent = _sent(session, newsletter.id, since=since) if len(told) >= FEWEST else 0
        if not sent or len(told) / sent < newsletter.complaint_share:
            continue
        reason = (
            f"list {newsletter.slug}: {len(told)} complaints about {sent} briefs since "
            f"{since:%Y-%m-%d %H:%M} UTC, more than {newsletter.complaint_share:.1%}; look at what "
            f"was sent and to whom, then: podbrief lists reopen {newsletter.slug}"
        )
        stop_list(session, newsletter.id, reason, by="complaints", now=now)
        _hold_editions(session, newsletter, reason)
        stopped += 1
    return stopped


def _complained_of(
    session: Session, now: dt.datetime
) -> list[tuple[NewsletterList, list[dt.datetime]]]:
    """Return the lists complained of lately, each with the moments; a brief counts once."""
    found = session.execute(
        select(Brief.list_id, func.min(DeliveryEvent.happened_at))
        .join(
            Brief,
            (Brief.local_date == DeliveryEvent.local_date) & (Brief.id == DeliveryEvent.brief_id),
        )
        .where(
            DeliveryEvent.kind == EventKind.COMPLAINED.value,
            DeliveryEvent.local_date >= (now - 2 * LOOKED_BACK).date(),
            DeliveryEvent.happened_at > now - LOOKED_BACK,
        )
        .group_by(Brief.list_id, Brief.local_date, Brief.id)
    ).all()
    moments: dict[int, list[dt.datetime]] = {}
    for list_id, happened_at in found:
        moments.setdefault(list_id, []).append(happened_at)
    lists = session.scalars(
        select(NewsletterList)
        .where(NewsletterList.id.in_(list(moments)))
        .order_by(NewsletterList.id)
    )
    return [(newsletter, moments[newsletter.id]) for newsletter in lists]


def _sent(session: Session, list_id: int, *, since: dt.datetime) -> int:
    first = since.date() - dt.timedelta(days=1)
    editions = select(Edition.id).where(Edition.list_id == list_id, Edition.local_date >= first)
    counted = session.scalar(
        select(func.count())
        .select_from(Brief)
        .where(
            Brief.local_date >= first,  # finds the partitions, the edition the rows
            Brief.edition_id.in_(editions),
            Brief.due_at > since,
            Brief.state == DeliveryState.ACCEPTED.value,
        )
    )
    return counted or 0


def _hold_editions(session: Session, newsletter: NewsletterList, reason: str) -> None:
    session.execute(
        update(Edition)
        .where(Edition.list_id == newsletter.id, Edition.state == EditionState.OPEN.value)
        .values(state=EditionState.PAUSED.value, problem=reason)
    )


def reopen_list(session: Session, newsletter: NewsletterList, *, now: dt.datetime) -> int:
    """Let a stopped list go on, and resume the editions that waited for it; return how many.

    Raises `NotFoundError` when no complaint stopped it.
    """
    stop = list_stop(session, newsletter.id)
    if stop is None or not lift_list(session, newsletter.id, now=now):
        raise NotFoundError(f"no complaint has stopped the list {newsletter.slug}")
    waiting = session.scalars(
        select(Edition.id).where(
            Edition.list_id == newsletter.id,
            Edition.state == EditionState.PAUSED.value,
            Edition.problem == stop.reason,
        )
    ).all()
    for edition_id in waiting:
        resume(session, edition_id=edition_id, now=now)
    return len(waiting)
