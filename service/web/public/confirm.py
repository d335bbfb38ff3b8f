"""Confirm: a page with the choices and a button; looking at it changes nothing."""

import datetime as dt
from collections.abc import Mapping

from fastapi import APIRouter, Request
from starlette.responses import Response

from service.audience.consent_texts import consent_text, consent_version, keep_consent_text
from service.audience.models import Subscription, SubscriptionStatus
from service.audience.queries import subscription_with_list
from service.audience.sign_up_confirm import Proof, confirm
from service.errors import ExpiredTokenError, TokenError
from service.languages import Language, available, language
from service.rendering.links import manage_url
from service.tokens import Purpose
from service.web.client import visitor_ip
from service.web.forms import EveryField
from service.web.public.confirm_choices import (
    FREQUENCIES,
    Offer,
    first_offer,
    has_zone,
    read_choices,
    zone_groups,
)
from service.web.public.leaving import masked
from service.web.site import Here, Lang, Site

router = APIRouter()
PATH = "/confirm/{token}"
LINK_GOOD_FOR = dt.timedelta(hours=24)  # of the way to the preferences on the last page


@router.api_route(PATH, methods=["GET", "HEAD"])
def ask(token: str, request: Request, here: Here, lang: Lang) -> Response:
    """Show the choices and the button; whoever has pressed it sees how things stand."""
    try:
        subscription_id = _read(here, token)
    except ExpiredTokenError:
        return here.pages.show("confirm_over.html", code=410, lang=lang)
    with here.database.reading() as session:
        subscription = subscription_with_list(session, subscription_id=subscription_id)
        if subscription is None or not subscription.list.is_public:
            return here.pages.show("confirm_over.html", code=410, lang=lang)
        lang = _language(request, subscription)
        if subscription.status in (SubscriptionStatus.ACTIVE, SubscriptionStatus.PAUSED):
            return _done(here, lang, subscription, manage=None)
        offer = first_offer(
            session, subscription, came_for=_came_for(request), now=here.clock.now()
        )
    return _choices(here, lang, token, subscription, offer, faults={})


@router.post(PATH)
def say_yes(token: str, request: Request, here: Here, lang: Lang, fields: EveryField) -> Response:
    """Confirm with the choices made; the same once or twice.

    The token is the authority: there is no cookie that another site could make use of.
    """
    try:
        subscription_id = _read(here, token)
    except ExpiredTokenError:
        return here.pages.show("confirm_over.html", code=410, lang=lang)
    now = here.clock.now()
    with here.database.reading() as session:
        subscription = subscription_with_list(session, subscription_id=subscription_id)
        if subscription is None or not subscription.list.is_public:
            return here.pages.show("confirm_over.html", code=410, lang=lang)
        lang = _language(request, subscription, said=fields.get("lang", [""])[-1])
        offer = first_offer(session, subscription, came_for=(), now=now)
    choices, filled, faults = read_choices(offer, fields, lang)
    if choices is None or fields.get("agreed", [""])[-1] != consent_version(lang):
        # words that changed since the page was shown were not agreed to: show them
        return _choices(here, lang, token, subscription, filled, faults=faults)
    with here.database.transaction() as session:
        proof = Proof(
            text_version=keep_consent_text(session, lang, now=now),
            language=lang.code,
            ip=visitor_ip(request, here.trusted_proxies),
        )
        confirm(
            session,
            here.gate,
            subscription_id=subscription_id,
            choices=choices,
            proof=proof,
            now=now,
            doorbell=here.bell,
        )
    with here.database.reading() as session:
        subscription = subscription_with_list(session, subscription_id=subscription_id)
    if subscription is None:
        return here.pages.show("confirm_over.html", code=410, lang=lang)
    manage = here.signer.sign(
        Purpose.MANAGE,
        subscription.subscriber_id,
        subscription.subscriber.link_number,
        expires_at=now + LINK_GOOD_FOR,
    )
    return _done(here, lang, subscription, manage=manage)


def _read(site: Site, token: str) -> int:
    ids = site.signer.read(Purpose.CONFIRM, token, now=site.clock.now())
    if len(ids) != 1:
        raise TokenError("this link was made in a form we no longer know")
    return ids[0]


def _came_for(request: Request) -> list[str]:
    return request.query_params.get("topics", "")[:500].split(",")


def _language(request: Request, subscription: Subscription, said: str = "") -> Language:
    """Return the language of the page: as the form or the address says, else the person's."""
    asked = said or request.query_params.get("lang", "")
    return language(asked if asked in available() else subscription.subscriber.language)


def _choices(
    site: Site,
    lang: Language,
    token: str,
    subscription: Subscription,
    offer: Offer,
    *,
    faults: Mapping[str, str],
) -> Response:
    newsletter = subscription.list
    return site.pages.show(
        "confirm.html",
        code=422 if faults else 200,
        lang=lang,
        path=f"/confirm/{token}",
        newsletter=newsletter,
        address=masked(subscription.subscriber.email),
        offer=offer,
        faults=faults,
        frequencies=FREQUENCIES,
        zones=zone_groups(),
        has_zone=has_zone(offer.timezone),
        agreed=consent_text(lang) % {"list": newsletter.name},
        version=consent_version(lang),
    )


def _done(
    site: Site, lang: Language, subscription: Subscription, *, manage: str | None
) -> Response:
    return site.pages.show(
        "confirm_done.html",
        lang=lang,
        newsletter=subscription.list,
        address=masked(subscription.subscriber.email),
        subscription=subscription,
        is_new=manage is not None,
        preferences_path=manage_url("", manage) if manage else "/preferences",
        inbox_url=site.inbox_url,
    )
