"""What a signed link stands for; the row it names, or why there is none."""

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.audience.models import NewsletterList, Subscriber, Subscription
from service.editions.models import Brief, Edition
from service.errors import NotFoundError, TokenError
from service.ledger.state import DeliveryState
from service.tokens import Purpose
from service.web.site import Site


@dataclass(frozen=True, slots=True)
class BriefLink:
    """The brief a link shows, and acts on."""

    brief_id: int
    local_date: dt.date


def brief_link(site: Site, token: str) -> BriefLink:
    """Read a brief's token; raises `TokenError`, or `ExpiredTokenError` after three months."""
    brief_id, day = _ids(site, Purpose.BRIEF, token, count=2)
    return BriefLink(brief_id, _date(day))


@dataclass(frozen=True, slots=True)
class UnsubscribeLink:
    """What an unsubscribe token names: whose subscription, and the brief that carried it."""

    subscription_id: int
    brief_id: int
    local_date: dt.date


def unsubscribe_link(site: Site, token: str) -> UnsubscribeLink:
    """Read an unsubscribe token, good for ever."""
    subscription_id, brief_id, day = _ids(site, Purpose.UNSUBSCRIBE, token, count=3)
    return UnsubscribeLink(subscription_id, brief_id, _date(day))


def brief_behind(session: Session, link: BriefLink) -> tuple[Brief, Edition, NewsletterList]:
    """Return the brief with its edition and list; raises `NotFoundError` when it is gone."""
    found = session.execute(
        select(Brief, Edition, NewsletterList)
        .join(Edition, Edition.id == Brief.edition_id)
        .join(NewsletterList, NewsletterList.id == Edition.list_id)
        .where(
            Brief.local_date == link.local_date,
            Brief.id == link.brief_id,
            Brief.state != DeliveryState.SKIPPED.value,  # owed, never made: there is nothing to see
        )
    ).first()
    if found is None:
        raise NotFoundError("the brief this link belongs to is gone")
    brief, edition, newsletter = found
    return brief, edition, newsletter


def subscription_behind(
    session: Session, subscription_id: int
) -> tuple[Subscription, Subscriber, NewsletterList] | None:
    """Return a subscription with its person and list, or None when it is no longer known."""
    found = session.execute(
        select(Subscription, Subscriber, NewsletterList)
        .join(Subscriber, Subscriber.id == Subscription.subscriber_id)
        .join(NewsletterList, NewsletterList.id == Subscription.list_id)
        .where(Subscription.id == subscription_id)
    ).first()
    return None if found is None else (found[0], found[1], found[2])


def _ids(site: Site, purpose: Purpose, token: str, *, count: int) -> tuple[int, ...]:
    ids = site.signer.read(purpose, token, now=site.clock.now())
    if len(ids) != count:  # signed by us, in a form of another version
        raise TokenError("this link was made in a form we no longer know")
    return ids


def _date(day: int) -> dt.date:
    try:
        return dt.date.fromordinal(day)
    except (ValueError, OverflowError) as error:
        raise TokenError("this link was made in a form we no longer know") from error
