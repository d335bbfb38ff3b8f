"""Take a reader's word on one pick, and let it move what tomorrow's brief is chosen from."""

import datetime as dt

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from service.audience.interests import hold_person
from service.audience.taste import CONTRADICTS, Act
from service.audience.wake import note_act
from service.db.bulk import insert_ignoring
from service.editions.models import Brief
from service.errors import NotFoundError
from service.feedback.learn import learn, unlearn
from service.feedback.models import Deed, Reaction


def react(session: Session, *, brief: Brief, insight_id: int, deed: Deed, now: dt.datetime) -> bool:
    """Store what a reader says of a pick of theirs; return False when they had said it before.

    Up and more take the place of down, and the other way round. Raises `NotFoundError` when the
    insight is not among the brief's picks.
    """
    _require_pick(brief, insight_id)
    hold_person(session, brief.subscriber_id)
    if deed in said(session, subscriber_id=brief.subscriber_id, insight_id=insight_id):
        return False
    opposite = frozenset(Deed(act) for act in CONTRADICTS.get(Act(deed), ()))
    _withdraw(session, brief.subscriber_id, insight_id, opposite)
    row = {
        "subscriber_id": brief.subscriber_id,
        "insight_id": insight_id,
        "brief_id": brief.id,
        "local_date": brief.local_date,
        "deed": deed,
        "happened_at": now,
    }
    insert_ignoring(session, Reaction, [row])
    learn(session, brief.subscriber_id, insight_id, deed, now)
    return True


def undo(session: Session, *, brief: Brief, insight_id: int, deed: Deed, now: dt.datetime) -> None:
    """Take a deed back; nothing happens when it was not done."""
    _require_pick(brief, insight_id)
    hold_person(session, brief.subscriber_id)
    note_act(session, brief.subscriber_id, now=now)
    _withdraw(session, brief.subscriber_id, insight_id, frozenset({deed}))
    unlearn(session, brief.subscriber_id, insight_id, deed, now)


def said(session: Session, *, subscriber_id: int, insight_id: int) -> frozenset[Deed]:
    """Return the deeds of a reader on an insight that hold."""
    found = session.scalars(
        select(Reaction.deed).where(
            Reaction.subscriber_id == subscriber_id, Reaction.insight_id == insight_id
        )
    )
    return frozenset(Deed(deed) for deed in found)


def is_pick(brief: Brief, insight_id: int) -> bool:
    """Whether a brief shows this insight."""
    return any(pick[0] == insight_id for pick in brief.picks)


def _require_pick(brief: Brief, insight_id: int) -> None:
    if not is_pick(brief, insight_id):
        raise NotFoundError("this insight is not in the brief the link belongs to")


def _withdraw(
    session: Session, subscriber_id: int, insight_id: int, deeds: frozenset[Deed]
) -> None:
    session.execute(
        delete(Reaction).where(
            Reaction.subscriber_id == subscriber_id,
            Reaction.insight_id == insight_id,
            Reaction.deed.in_(sorted(deeds)),
        )
    )
