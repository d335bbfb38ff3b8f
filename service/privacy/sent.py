"""What somebody was sent, newest first: each brief with its picks and why each was picked."""

import datetime as dt
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from service.audience.models import NewsletterList
from service.editions.models import Brief
from service.languages import Language
from service.ledger.state import DeliveryState
from service.rendering.values import Pick
from service.rendering.why import why_line
from service.sending.prepare import cards_of

_ARRIVED = (DeliveryState.ACCEPTED, DeliveryState.IN_DOUBT, DeliveryState.UNKNOWN)


class Place(NamedTuple):
    """Where a page of briefs ends, so that the next begins after it."""

    local_date: dt.date
    brief_id: int


@dataclass(frozen=True, slots=True)
class SentPick:
    """One insight of a brief, and why it was picked."""

    insight_id: int
    headline: str
    text: str
    podcast: str
    score: float
    reason: str
    why: str  # in words; empty when the stored reason says nothing that is sure


@dataclass(frozen=True, slots=True)
class Sent:
    """One brief, as its reader may look back at it."""

    brief: Brief
    list_name: str
    list_slug: str
    picks: list[SentPick]

    @property
    def place(self) -> Place:
        return Place(self.brief.local_date, self.brief.id)

    @property
    def may_have_arrived(self) -> bool:
        return self.brief.state in _ARRIVED


def sent_page(
    session: Session,
    *,
    subscriber_id: int,
    before: Place | None,
    limit: int,
    lang: Language,
    arrived_only: bool = False,
) -> list[Sent]:
    """Return the next page of somebody's briefs, newest first."""
    statement = (
        select(Brief, NewsletterList.name, NewsletterList.slug)
        .join(NewsletterList, NewsletterList.id == Brief.list_id)
        .where(Brief.subscriber_id == subscriber_id)
        .order_by(Brief.local_date.desc(), Brief.id.desc())
        .limit(limit)
    )
    if arrived_only:
        statement = statement.where(Brief.state.in_([state.value for state in _ARRIVED]))
    if before is not None:
        statement = statement.where(
            or_(
                Brief.local_date < before.local_date,
                and_(Brief.local_date == before.local_date, Brief.id < before.brief_id),
            )
        )
    rows = session.execute(statement).all()
    cards = cards_of(session, {pick[0] for row in rows for pick in row.Brief.picks})
    found = []
    for brief, name, slug in rows:
        picks = []
        for pick in (Pick(*stored) for stored in brief.picks):
            card = cards.get(pick.insight_id)
            picks.append(
                SentPick(
                    pick.insight_id,
                    card.headline if card else "",
                    card.text if card else "",
                    (card.podcast or "") if card else "",
                    pick.score,
                    pick.reason,
                    why_line(pick.reason, pick.argument, lang),
                )
            )
        found.append(Sent(brief, name, slug, picks))
    return found
