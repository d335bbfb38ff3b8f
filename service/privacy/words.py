"""What somebody said of insights, and what they saved: to look back at, and to take back."""

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from service.audience.interests import hold_person
from service.feedback.learn import unlearn
from service.feedback.models import Deed, Reaction
from service.rendering.values import Card
from service.sending.prepare import cards_of


@dataclass(frozen=True, slots=True)
class Word:
    """One word of theirs on one insight."""

    id: int
    card: Card
    deed: str
    happened_at: dt.datetime


def words_of(
    session: Session, *, subscriber_id: int, saved: bool, before_id: int | None, limit: int
) -> list[Word]:
    """Return a page of what somebody saved, or of all else they said, newest first."""
    statement = select(Reaction).where(
        Reaction.subscriber_id == subscriber_id,
        (Reaction.deed == Deed.SAVE.value) if saved else (Reaction.deed != Deed.SAVE.value),
    )
    if before_id is not None:
        statement = statement.where(Reaction.id < before_id)
    found = session.scalars(statement.order_by(Reaction.id.desc()).limit(limit)).all()
    cards = cards_of(session, {one.insight_id for one in found})
    return [Word(one.id, cards[one.insight_id], one.deed, one.happened_at) for one in found]


def take_back(
    session: Session, *, subscriber_id: int, insight_id: int, deed: Deed, now: dt.datetime
) -> bool:
    """Take one word back, and what was learned from it; return False when it was not said."""
    hold_person(session, subscriber_id)
    gone = session.execute(
        delete(Reaction)
        .where(
            Reaction.subscriber_id == subscriber_id,
            Reaction.insight_id == insight_id,
            Reaction.deed == deed.value,
        )
        .returning(Reaction.id)
    ).first()
    unlearn(session, subscriber_id, insight_id, deed, now)
    return gone is not None
