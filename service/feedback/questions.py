"""Ask those who are silent: a line at the foot of one brief, or one mail of its own."""

import datetime as dt
from zoneinfo import ZoneInfo

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from service.audience.fatigue_models import Fatigue, FatigueStage, ReaderActivity
from service.audience.models import NewsletterList, Subscriber, Subscription, SubscriptionStatus
from service.db.bulk import write_rows
from service.editions.due import local_date
from service.ledger.notice_models import NoticeKind
from service.ledger.notices import Recipient, owe_notice

ASKED_EVERY = dt.timedelta(days=90)
ANSWERED_WITHIN = dt.timedelta(days=60)  # as long as the link of the mail is good for
_AT_A_TIME = 1_000


def ask_the_silent(session: Session, now: dt.datetime) -> int:
    """Let the next brief of those whose silence we cannot see ask one question, every 90 days.

    That is all it leads to: nothing is slowed and nothing is counted.
    """
    before = now - ASKED_EVERY
    since = func.coalesce(ReaderActivity.acted_at, Subscription.created_at)
    may_not_see = or_(Subscriber.may_track.is_(False), ReaderActivity.subscriber_id.is_(None))
    rows = session.execute(
        select(Subscription.id, Subscription.timezone, Subscription.next_due_at, Fatigue)
        .join(NewsletterList, NewsletterList.id == Subscription.list_id)
        .join(Subscriber, Subscriber.id == Subscription.subscriber_id)
        .outerjoin(ReaderActivity, ReaderActivity.subscriber_id == Subscription.subscriber_id)
        .outerjoin(Fatigue, Fatigue.subscription_id == Subscription.id)
        .where(
            Subscription.status == SubscriptionStatus.ACTIVE.value,
            Subscription.next_due_at.is_not(None),
            NewsletterList.fatigue_briefs > 0,
            may_not_see,
            since <= before,
            or_(
                Fatigue.subscription_id.is_(None),
                (Fatigue.stage == FatigueStage.QUESTIONED.value) & (Fatigue.since <= before),
            ),
        )
        .order_by(Subscription.id)
        .limit(_AT_A_TIME)
    ).all()
    new: list[tuple[int, str, dt.datetime, dt.date]] = []
    for subscription_id, timezone, next_due_at, fatigue in rows:
        date = local_date(next_due_at or now, ZoneInfo(timezone))
        if fatigue is None:
            new.append((subscription_id, FatigueStage.QUESTIONED.value, now, date))
        else:
            fatigue.since, fatigue.note_on = now, date
    write_rows(session, Fatigue, ("subscription_id", "stage", "since", "note_on"), new)
    return len(rows)


def owe_still_there(session: Session, subscription: Subscription, *, now: dt.datetime) -> None:
    """Owe one mail that asks whether to go on; its button is an act like any other."""
    person = session.get_one(Subscriber, subscription.subscriber_id)
    owe_notice(
        session,
        kind=NoticeKind.STILL_THERE,
        recipient=Recipient(
            address=person.email,
            address_key=person.address_key,
            subscriber_id=person.id,
            list_id=subscription.list_id,
        ),
        dedupe_key=f"still_there:{subscription.id}:{now.date()}",
        expires_at=now + ANSWERED_WITHIN,
        arguments={"subscription_id": subscription.id},
        now=now,
    )
