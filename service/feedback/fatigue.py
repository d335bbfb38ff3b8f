"""Slow down what is ignored, one step at a time; never anybody whose silence we cannot see.

A person may be slowed only when their clicks may be seen and they have acted before: then silence
says something. Ten ignored briefs (the list's setting) and the next ones offer to come weekly; ten
more and they do; four weeks of those and one mail asks; a fortnight later the subscription pauses.
Any act brings all of it back. Who stays paused is ended only when the list says after how long.
"""

import datetime as dt
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session, aliased
from sqlalchemy.orm.exc import StaleDataError

from service.audience.fatigue_models import Fatigue, FatigueStage, ReaderActivity
from service.audience.leave import unsubscribe
from service.audience.models import (
    Frequency,
    NewsletterList,
    Subscriber,
    Subscription,
    SubscriptionStatus,
)
from service.audience.wake import restore
from service.db.database import Database
from service.editions.models import Brief
from service.feedback.mailbox import MailboxState
from service.feedback.questions import ask_the_silent, owe_still_there
from service.ledger.notice_models import Notice, NoticeKind
from service.ledger.state import DeliveryState
from service.log import log

AT_A_TIME = 1_000
SILENT_FOR = dt.timedelta(days=14)  # at least, before a step is taken, however many briefs
WEEKLIES_IGNORED = 4
ANSWER_WITHIN = dt.timedelta(days=14)
LOOKED_BACK = dt.timedelta(days=400)  # keeps the count out of partitions of long ago
ENDED_BY = "fatigue"
_NEVER_ARRIVED = (MailboxState.BOUNCED_PERMANENT.value, MailboxState.BOUNCED_TRANSIENT.value)


class Step(NamedTuple):
    """What one sweep came to."""

    no_longer_seen: int
    ended: int
    paused: int
    asked: int
    slowed: int
    offered: int
    questioned: int


def sweep_fatigue(database: Database, *, now: dt.datetime) -> Step:
    """Take every step that is due, the last ones first, so that nobody takes two at once."""
    found = []
    for step in (
        *(_no_longer_seen, _ended, _paused, _asked),
        *(_slowed, _offered, ask_the_silent),
    ):
        done = 0
        while True:
            try:
                with database.transaction() as session:
                    moved = step(session, now)
            except StaleDataError:  # somebody acted at this very moment, and comes first
                continue
            done += moved
            if moved < AT_A_TIME:
                break
        found.append(done)
    result = Step(*found)
    if any(result):
        log.info("fatigue_swept", **result._asdict())
    return result


def _no_longer_seen(session: Session, _now: dt.datetime) -> int:
    """Give back what was slowed for those who do not let us see any more."""
    rows = session.execute(
        select(Fatigue, Subscription)
        .join(Subscription, Subscription.id == Fatigue.subscription_id)
        .join(Subscriber, Subscriber.id == Subscription.subscriber_id)
        .where(Fatigue.stage != FatigueStage.QUESTIONED.value, Subscriber.may_track.is_(False))
        .limit(AT_A_TIME)
    ).all()
    for fatigue, subscription in rows:
        restore(fatigue, subscription)
        session.delete(fatigue)
    return len(rows)


def _ended(session: Session, now: dt.datetime) -> int:
    """End what has been paused for as long as its list says; by default no list says anything."""
    kept_for = select(NewsletterList.id, NewsletterList.ended_after_days).where(
        NewsletterList.ended_after_days.is_not(None)
    )
    ended = 0
    for list_id, days in session.execute(kept_for).all():
        if days is None:
            continue
        doomed = session.scalars(
            select(Fatigue)
            .join(Subscription, Subscription.id == Fatigue.subscription_id)
            .where(
                Subscription.list_id == list_id,
                Subscription.status == SubscriptionStatus.PAUSED.value,
                Fatigue.stage == FatigueStage.PAUSED.value,
                Fatigue.since <= now - dt.timedelta(days=days),
            )
            .order_by(Fatigue.subscription_id)
            .limit(AT_A_TIME - ended)
        ).all()
        for fatigue in doomed:
            unsubscribe(session, subscription_id=fatigue.subscription_id, source=ENDED_BY, now=now)
            session.delete(fatigue)
        ended += len(doomed)
    return ended


def _paused(session: Session, now: dt.datetime) -> int:
    """Pause whoever did not answer the question, if it reached them."""
    was_asked = (
        select(Notice.id)
        .where(
            Notice.kind == NoticeKind.STILL_THERE.value,
            Notice.subscriber_id == Subscription.subscriber_id,
            Notice.list_id == Subscription.list_id,
            Notice.created_at >= Fatigue.since,
            Notice.state == DeliveryState.ACCEPTED.value,
        )
        .exists()
    )
    rows = session.execute(
        select(Fatigue, Subscription)
        .join(Subscription, Subscription.id == Fatigue.subscription_id)
        .where(
            Fatigue.stage == FatigueStage.ASKED.value,
            Fatigue.since <= now - ANSWER_WITHIN,
            Subscription.status == SubscriptionStatus.ACTIVE.value,
            was_asked,
        )
        .order_by(Fatigue.subscription_id)
        .limit(AT_A_TIME)
    ).all()
    for fatigue, subscription in rows:
        fatigue.stage, fatigue.since = FatigueStage.PAUSED.value, now
        subscription.status = SubscriptionStatus.PAUSED.value
        subscription.next_due_at = None
    return len(rows)


def _asked(session: Session, now: dt.datetime) -> int:
    """Ask by mail whoever ignored the weekly ones too."""
    rows = _ignoring(session, now, stage=FatigueStage.WEEKLY, at_least=WEEKLIES_IGNORED)
    for fatigue, subscription in rows:
        if fatigue is None:
            continue
        owe_still_there(session, subscription, now=now)
        fatigue.stage, fatigue.since = FatigueStage.ASKED.value, now
    return len(rows)


def _slowed(session: Session, now: dt.datetime) -> int:
    """Send weekly to whoever ignored the offer as well."""
    rows = _ignoring(session, now, stage=FatigueStage.OFFERED)
    for fatigue, subscription in rows:
        if fatigue is None:
            continue
        fatigue.stage, fatigue.since = FatigueStage.WEEKLY.value, now
        if subscription.frequency != Frequency.WEEKLY:
            fatigue.frequency_before = subscription.frequency
            subscription.frequency = Frequency.WEEKLY.value
            subscription.next_due_at = None  # the planner computes it anew
    return len(rows)


def _offered(session: Session, now: dt.datetime) -> int:
    """Begin: offer to come weekly; to who has it weekly already there is nothing to offer."""
    rows = _ignoring(session, now, stage=None)
    for fatigue, subscription in rows:
        is_weekly = subscription.frequency == Frequency.WEEKLY
        stage = FatigueStage.WEEKLY if is_weekly else FatigueStage.OFFERED
        if fatigue is None:
            fatigue = Fatigue(subscription_id=subscription.id)  # noqa: PLW2901 - it gets its row here
            session.add(fatigue)
        fatigue.stage, fatigue.since, fatigue.note_on = stage.value, now, None
    return len(rows)


def _ignoring(
    session: Session, now: dt.datetime, *, stage: FatigueStage | None, at_least: int | None = None
) -> list[tuple[Fatigue | None, Subscription]]:
    """Return active subscriptions at a stage that have ignored enough briefs since it began.

    Counted are briefs that were accepted and have lain for a day; one subscription, one row.
    """
    enough = NewsletterList.fatigue_briefs if at_least is None else at_least
    there = aliased(Fatigue)
    begun = ReaderActivity.acted_at if stage is None else there.since
    is_there: ColumnElement[bool] = (
        there.subscription_id.is_(None) | (there.stage == FatigueStage.QUESTIONED.value)
        if stage is None
        else there.stage == stage.value
    )
    ignored = (
        select(func.count())
        .select_from(Brief)
        .where(
            Brief.subscriber_id == Subscription.subscriber_id,
            Brief.list_id == Subscription.list_id,
            Brief.local_date >= (now - LOOKED_BACK).date(),
            Brief.state == DeliveryState.ACCEPTED.value,
            Brief.due_at > begun,
            Brief.due_at <= now - dt.timedelta(days=1),
            func.coalesce(Brief.mailbox_state, "").not_in(_NEVER_ARRIVED),
        )
        .scalar_subquery()
    )
    statement = (
        select(there, Subscription)
        .select_from(Subscription)
        .join(NewsletterList, NewsletterList.id == Subscription.list_id)
        .join(Subscriber, Subscriber.id == Subscription.subscriber_id)
        .join(ReaderActivity, ReaderActivity.subscriber_id == Subscription.subscriber_id)
        .outerjoin(there, there.subscription_id == Subscription.id)
        .where(
            Subscriber.may_track.is_(True),
            Subscription.status == SubscriptionStatus.ACTIVE.value,
            NewsletterList.fatigue_briefs > 0,
            and_(is_there, begun <= now - SILENT_FOR),
            ignored >= enough,
        )
        .order_by(Subscription.id)
        .limit(AT_A_TIME)
        .with_for_update(of=Subscription, skip_locked=True)
    )
    return [(row[0], row[1]) for row in session.execute(statement)]
