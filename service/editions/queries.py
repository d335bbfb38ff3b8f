"""Every SELECT over editions and their briefs."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from service.audience.models import (
    NewsletterList,
    Subscription,
    SubscriptionStatus,
)
from service.db.columns import is_one_of
from service.editions.models import Brief, Edition, EditionState, Tick
from service.errors import NotFoundError
from service.ledger.state import OPEN, DeliveryState


def lists_with_due(session: Session, *, now: dt.datetime) -> list[NewsletterList]:
    """Return the lists in which somebody is due."""
    due = (
        select(Subscription.id)
        .where(
            Subscription.list_id == NewsletterList.id,
            Subscription.next_due_at <= now,
            Subscription.status == SubscriptionStatus.ACTIVE.value,
        )
        .exists()
    )
    return list(session.scalars(select(NewsletterList).where(due).order_by(NewsletterList.id)))


@dataclass(frozen=True, slots=True)
class ExistingBrief:
    """A row that is there already for a person and date."""

    local_date: dt.date
    brief_id: int
    tick_id: int
    state: str
    reason: str | None


def briefs_on(
    session: Session, *, list_id: int, people: Sequence[tuple[int, dt.date]]
) -> dict[int, ExistingBrief]:
    """Return the rows these people have for these dates, by subscriber id."""
    if not people:
        return {}
    wanted = dict(people)
    rows = session.execute(
        select(
            *(Brief.subscriber_id, Brief.local_date, Brief.id, Brief.tick_id),
            *(Brief.state, Brief.reason),
        ).where(
            Brief.list_id == list_id,
            is_one_of(session, Brief.subscriber_id, list(wanted)),
            Brief.local_date.in_(sorted(set(wanted.values()))),  # prunes partitions
        )
    )
    return {row[0]: ExistingBrief(*row[1:]) for row in rows if wanted[row[0]] == row[1]}


def edition_on(session: Session, *, list_id: int, date: dt.date) -> Edition | None:
    return session.scalar(
        select(Edition).where(Edition.list_id == list_id, Edition.local_date == date)
    )


def edition_by_id(session: Session, *, edition_id: int) -> Edition:
    """Return an edition with its list; raises `NotFoundError`."""
    found = session.scalar(
        select(Edition).where(Edition.id == edition_id).options(joinedload(Edition.list))
    )
    if found is None:
        raise NotFoundError(f"there is no edition {edition_id}: `podbrief edition show` lists them")
    return found


def open_editions(session: Session) -> list[Edition]:
    """Return the editions that are not over, oldest first, with their lists."""
    return list(
        session.scalars(
            select(Edition)
            .where(Edition.state.in_([EditionState.OPEN.value, EditionState.PAUSED.value]))
            .options(joinedload(Edition.list))
            .order_by(Edition.local_date, Edition.id)
        )
    )


def editions_on(session: Session, *, dates: Sequence[dt.date]) -> list[Edition]:
    return list(
        session.scalars(
            select(Edition)
            .where(Edition.local_date.in_(dates))
            .options(joinedload(Edition.list))
            .order_by(Edition.local_date.desc(), Edition.id)
        )
    )


def recent_editions(session: Session, *, limit: int) -> list[Edition]:
    return list(
        session.scalars(
            select(Edition)
            .options(joinedload(Edition.list))
            .order_by(Edition.local_date.desc(), Edition.id.desc())
            .limit(limit)
        )
    )


def has_open_briefs(session: Session, *, edition: Edition) -> bool:
    statement = (
        select(Brief.id)
        .where(
            Brief.local_date == edition.local_date,
            Brief.edition_id == edition.id,
            Brief.state.in_([state.value for state in OPEN]),
        )
        .limit(1)
    )
    return session.scalar(statement) is not None


def brief_of(
    session: Session, *, subscriber_id: int, date: dt.date | None = None
) -> list[tuple[Brief, Edition]]:
    """Return a person's briefs, newest first: those of `date`, or the last thirty."""
    statement = (
        select(Brief, Edition)
        .join(Edition, Edition.id == Brief.edition_id)
        .where(Brief.subscriber_id == subscriber_id)
        .options(joinedload(Edition.list))
        .order_by(Brief.local_date.desc(), Brief.id.desc())
        .limit(30)
    )
    if date is not None:
        statement = statement.where(Brief.local_date == date)
    return [(brief, edition) for brief, edition in session.execute(statement)]


def brief_by_id(session: Session, *, brief_id: int) -> list[tuple[Brief, Edition]]:
    """Return the brief of this number, of whatever date; a list of one or none."""
    rows = session.execute(
        select(Brief, Edition)
        .join(Edition, Edition.id == Brief.edition_id)
        .where(Brief.id == brief_id)
        .options(joinedload(Edition.list))
    )
    return [(brief, edition) for brief, edition in rows]


def choice_pages_of(session: Session, *, subscriber_id: int) -> list[int]:
    """Return the pages on which briefs were chosen for a person: see `selection.keep`."""
    statement = (
        select(Tick.choice_page_id)
        .join(Brief, Brief.tick_id == Tick.id)
        .where(Brief.subscriber_id == subscriber_id, Tick.choice_page_id.is_not(None))
        .distinct()
    )
    return [page_id for page_id in session.scalars(statement) if page_id is not None]


def choice_page_of(session: Session, *, tick_id: int) -> int | None:
    """Return the page on which the briefs of a tick were chosen."""
    return session.scalar(select(Tick.choice_page_id).where(Tick.id == tick_id))


def sent_states() -> list[str]:
    """Return the states in which a brief may have reached its reader."""
    return [DeliveryState.ACCEPTED.value, DeliveryState.IN_DOUBT.value, DeliveryState.UNKNOWN.value]
