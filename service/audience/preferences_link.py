"""Mail somebody the way to their preferences, because they typed their address for it."""

import datetime as dt
from typing import NamedTuple

from sqlalchemy import literal, select
from sqlalchemy.orm import Session

from service.audience.addresses import Address
from service.audience.models import (
    NewsletterList,
    Subscriber,
    Subscription,
    SubscriptionStatus,
    Suppression,
)
from service.audience.sign_up import asked_key, standing_if
from service.audience.sign_up_limits import Gate, IpAddress, may_mail, spend
from service.audience.sign_up_models import AskedMail
from service.languages import ENGLISH
from service.ledger.notice_models import NoticeKind
from service.ledger.notices import Recipient, owe_notice

LINK_LASTS = dt.timedelta(hours=24)  # as long as the address rests: the last link always works


class _Holder(NamedTuple):
    """What the store says of an address; nothing of it need be there."""

    subscriber_id: int | None
    link_number: int | None
    language: str | None
    list_id: int | None
    is_suppressed: bool


def mail_preferences_link(
    session: Session,
    gate: Gate,
    *,
    address: Address,
    ip: IpAddress | None,
    cost: int,
    now: dt.datetime,
) -> None:
    """Owe the link to whoever has this address; for an unknown one only do the same work.

    Raises `TooOftenError` when a budget of the visitor is spent.
    """
    spend(session, gate, ip=ip, cost=cost, now=now)
    asked = select(literal(address.key).label("key")).subquery("asked")
    row = session.execute(
        select(
            Subscriber.id,
            Subscriber.link_number,
            Subscriber.language,
            NewsletterList.id,
            Suppression.address_key.is_not(None),
        )
        .select_from(asked)
        .outerjoin(Subscriber, Subscriber.address_key == asked.c.key)
        .outerjoin(
            Subscription,
            (Subscription.subscriber_id == Subscriber.id)
            & (Subscription.status != SubscriptionStatus.PENDING.value),  # never said yes to mail
        )
        .outerjoin(NewsletterList, NewsletterList.id == Subscription.list_id)
        .outerjoin(Suppression, Suppression.address_key == asked.c.key)
        .order_by(Subscription.status, Subscription.id)  # the sender's name: active before others
        .limit(1)
    ).one()
    subscriber_id, link_number, language, list_id, is_suppressed = _Holder(*row)
    is_owed = may_mail(session, gate, kind=AskedMail.LINK, address_key=address.key, now=now)
    is_owed = is_owed and subscriber_id is not None and list_id is not None and not is_suppressed
    with standing_if(session, is_owed):
        owe_notice(
            session,
            kind=NoticeKind.PREFERENCES,
            recipient=Recipient(
                address=address.email,
                address_key=address.key,
                subscriber_id=subscriber_id,
                list_id=list_id,
            ),
            dedupe_key=asked_key(gate, AskedMail.LINK, address, now),
            expires_at=now + LINK_LASTS,
            arguments={
                "subscriber_id": subscriber_id or 0,
                "link_number": link_number or 0,
                "language": language or ENGLISH,
            },
            now=now,
        )
