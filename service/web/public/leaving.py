"""Whose subscription an unsubscribe link names, as its pages show it."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from service.audience.models import NewsletterList, Subscriber, Subscription, SubscriptionStatus
from service.feedback.departures import reason_given
from service.feedback.unsubscribe import may_undo
from service.languages import Language
from service.rendering.links import BRIEF_LINKS_LAST, manage_token, manage_url
from service.web.public.links import UnsubscribeLink, subscription_behind, unsubscribe_link
from service.web.public.pick import spoken_to
from service.web.site import Site


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaving:
    """A subscription that may end, or has, and the link that says so."""

    site: Site
    token: str
    link: UnsubscribeLink
    subscription: Subscription
    person: Subscriber
    newsletter: NewsletterList

    @property
    def lang(self) -> Language:
        return spoken_to(self.person, self.newsletter)

    @property
    def path(self) -> str:
        return f"/u/{self.token}"

    @property
    def has_left(self) -> bool:
        return self.subscription.status == SubscriptionStatus.UNSUBSCRIBED

    @property
    def own_path(self) -> str | None:
        """Where their preferences are; None when the link is older than such links live.

        This one never ends, since unsubscribing must always work; it must not open more for ever.
        """
        today = self.site.clock.now().date()
        if today - self.link.local_date > BRIEF_LINKS_LAST:
            return None
        token = manage_token(
            self.site.signer,
            subscriber_id=self.person.id,
            link_number=self.person.link_number,
            today=min(self.link.local_date, today),
        )
        return manage_url("", token)

    def values(self, session: Session, *, now: dt.datetime) -> dict[str, Any]:
        """Return what every page about leaving shows."""
        subscription = self.subscription
        return {
            "lang": self.lang,
            "path": self.path,
            "own_path": self.own_path,
            "newsletter": self.newsletter,
            "address": masked(self.person.email),
            "subscription": subscription,
            "has_left": self.has_left,
            "is_paused": subscription.status == SubscriptionStatus.PAUSED,
            "is_active": subscription.status == SubscriptionStatus.ACTIVE,
            "may_undo": may_undo(subscription, now=now),
            "reason": reason_given(session, subscription_id=subscription.id),
        }


def find_leaving(session: Session, site: Site, token: str) -> Leaving | None:
    """Return what an unsubscribe token names, or None when nobody knows it any more.

    Raises `TokenError` for a token that is none of ours.
    """
    link = unsubscribe_link(site, token)
    found = subscription_behind(session, link.subscription_id)
    if found is None:
        return None
    subscription, person, newsletter = found
    return Leaving(
        site=site,
        token=token,
        link=link,
        subscription=subscription,
        person=person,
        newsletter=newsletter,
    )


def masked(address: str) -> str:
    """Return an address its owner knows again and nobody else can write to: m…@example.org."""
    local, _, domain = address.rpartition("@")
    return f"{local[:1]}…@{domain}"
