"""Forget what sign-up needs no longer: old budgets, net addresses, people who never confirmed."""

import datetime as dt
from typing import Any

from sqlalchemy import Delete, Update, and_, delete, func, or_, select, update
from sqlalchemy.orm import Session

from service.audience.models import (
    Consent,
    NewsletterList,
    Subscriber,
    Subscription,
    SubscriptionStatus,
)
from service.audience.sign_up import ASKED
from service.audience.sign_up_models import AskedMail, SignUpAddress, SignUpBudget

BUDGETS_KEPT = dt.timedelta(hours=2)
UNCONFIRMED_KEPT = dt.timedelta(days=30)
TURNS_KEPT = dt.timedelta(days=7)  # of preference links; what went unanswered is kept for ever


def budgets_forgotten(session: Session, now: dt.datetime) -> int:
    """Remove budgets of hours that are over, and turns that hold nobody back any more."""
    over = delete(SignUpBudget).where(SignUpBudget.hour < now - BUDGETS_KEPT)
    old = delete(SignUpAddress).where(
        SignUpAddress.kind == AskedMail.LINK.value, SignUpAddress.mailed_at < now - TURNS_KEPT
    )
    return _count(session, over) + _count(session, old)


def consent_ips_forgotten(session: Session, now: dt.datetime) -> int:
    """Take net addresses out of consents older than their list keeps them."""
    kept = dict(session.execute(select(NewsletterList.id, NewsletterList.consent_ip_days)).all())
    if not kept:
        return 0
    is_over = or_(
        *(
            and_(
                Subscription.list_id == list_id,
                Consent.happened_at < now - dt.timedelta(days=days),
            )
            for list_id, days in kept.items()
        )
    )
    with_ip = (
        select(Consent.id)
        .join(Subscription, Subscription.id == Consent.subscription_id)
        .where(
            Consent.ip.is_not(None),
            Consent.happened_at < now - dt.timedelta(days=min(kept.values())),  # walks the index
            is_over,
        )
    )
    return _count(session, update(Consent).where(Consent.id.in_(with_ip)).values(ip=None))


def unconfirmed_forgotten(session: Session, now: dt.datetime) -> int:
    """Remove people who asked, never confirmed, and have nothing else here.

    Only those who came by a form: what an import says is the admin's word.
    """
    last_asked = (
        select(func.max(Consent.happened_at))
        .where(Consent.subscription_id == Subscription.id)
        .correlate(Subscription)
        .scalar_subquery()
    )
    other_acts = (
        select(Consent.id)
        .where(Consent.subscription_id == Subscription.id, Consent.act != ASKED)
        .correlate(Subscription)
        .exists()
    )
    gone = session.scalars(
        delete(Subscription)
        .where(
            Subscription.status == SubscriptionStatus.PENDING.value,
            Subscription.created_at < now - UNCONFIRMED_KEPT,
            last_asked < now - UNCONFIRMED_KEPT,
            ~other_acts,
        )
        .returning(Subscription.subscriber_id)
        .execution_options(synchronize_session=False)
    ).all()
    if gone:
        left = select(Subscription.id).where(Subscription.subscriber_id == Subscriber.id).exists()
        session.execute(
            delete(Subscriber)
            .where(Subscriber.id.in_(set(gone)), ~left)
            .execution_options(synchronize_session=False)
        )
    return len(gone)


def _count(session: Session, statement: Delete | Update) -> int:
    done: Any = session.execute(statement.execution_options(synchronize_session=False))
    return int(done.rowcount)
