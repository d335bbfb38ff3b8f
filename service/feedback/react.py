"""Take a reader's word on one pick, and let it move what tomorrow's brief is chosen from."""

import datetime as dt

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from service.audience.models import Interest, Subscriber
from service.db.bulk import insert_ignoring
from service.editions.models import Brief
from service.errors import NotFoundError
from service.feedback.models import Deed, Reaction
from service.feedback.weights import CONTRADICTS, learned, start_of, weight
from service.insights.models import InsightTopic


def react(session: Session, *, brief: Brief, insight_id: int, deed: Deed, now: dt.datetime) -> bool:
    """Store what a reader says of a pick of theirs; return False when they had said it before.

    Up and more take the place of down, and the other way round. Raises `NotFoundError` when the
    insight is not among the brief's picks.
    """
    _require_pick(brief, insight_id)
    _queue_up(session, brief.subscriber_id)
    before = _deeds_by_topic(session, brief.subscriber_id, insight_id)
    if deed in said(session, subscriber_id=brief.subscriber_id, insight_id=insight_id):
        return False
    _withdraw(session, brief.subscriber_id, insight_id, CONTRADICTS[deed])
    row = {
        "subscriber_id": brief.subscriber_id,
        "insight_id": insight_id,
        "brief_id": brief.id,
        "local_date": brief.local_date,
        "deed": deed,
        "happened_at": now,
    }
    insert_ignoring(session, Reaction, [row])
    _weigh_anew(session, brief.subscriber_id, insight_id, before)
    return True


def undo(session: Session, *, brief: Brief, insight_id: int, deed: Deed) -> None:
    """Take a deed back; nothing happens when it was not done."""
    _require_pick(brief, insight_id)
    _queue_up(session, brief.subscriber_id)
    before = _deeds_by_topic(session, brief.subscriber_id, insight_id)
    _withdraw(session, brief.subscriber_id, insight_id, frozenset({deed}))
    _weigh_anew(session, brief.subscriber_id, insight_id, before)


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


def _queue_up(session: Session, subscriber_id: int) -> None:
    """Let the deeds of one reader happen one after the other (SQLite does so by itself)."""
    found = session.scalar(
        select(Subscriber.id).where(Subscriber.id == subscriber_id).with_for_update()
    )
    if found is None:
        raise NotFoundError("the person this link belongs to is no longer known to us")


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


def _weigh_anew(
    session: Session, subscriber_id: int, insight_id: int, before: dict[int, list[str]]
) -> None:
    after = _deeds_by_topic(session, subscriber_id, insight_id)
    for topic_id, deeds in after.items():
        interest = session.get(Interest, (subscriber_id, topic_id))
        stored = None if interest is None else interest.weight
        start = start_of(stored, learned(before[topic_id]))
        new = weight(start, learned(deeds))
        if interest is not None and start == 0 and new == 0:
            session.delete(interest)
        elif interest is not None:
            interest.weight = new
        elif new > 0:
            session.add(Interest(subscriber_id=subscriber_id, topic_id=topic_id, weight=new))
    session.flush()


def _deeds_by_topic(session: Session, subscriber_id: int, insight_id: int) -> dict[int, list[str]]:
    """Return, for each topic of an insight, all deeds of the reader on insights about it."""
    topics = session.scalars(
        select(InsightTopic.topic_id).where(InsightTopic.insight_id == insight_id)
    )
    deeds: dict[int, list[str]] = {topic_id: [] for topic_id in topics}
    found = session.execute(
        select(InsightTopic.topic_id, Reaction.deed)
        .join(Reaction, Reaction.insight_id == InsightTopic.insight_id)
        .where(Reaction.subscriber_id == subscriber_id, InsightTopic.topic_id.in_(list(deeds)))
    )
    for topic_id, deed in found:
        deeds[topic_id].append(deed)
    return deeds
