"""Leave a list: a page with one button, and the POST that mail programs send by themselves."""

from fastapi import APIRouter
from sqlalchemy.orm import Session
from starlette.responses import PlainTextResponse, Response

from service.audience.models import SubscriptionStatus
from service.feedback.evidence import prove_accepted
from service.feedback.unsubscribe import UnsubscribeSource, may_undo, resubscribe, unsubscribe
from service.web.forms import Fields
from service.web.public.links import subscription_behind, unsubscribe_link
from service.web.site import Here, Site

router = APIRouter()
ONE_CLICK = ("List-Unsubscribe", "One-Click")  # RFC 8058 section 3.2


@router.api_route("/u/{token}", methods=["GET", "HEAD"])
def ask(token: str, here: Here) -> Response:
    """Show what would end; mail scanners open every link, so looking changes nothing."""
    link = unsubscribe_link(here, token)
    with here.database.reading() as session:
        return _page(session, here, token, link.subscription_id)


@router.post("/u/{token}")
def leave(token: str, here: Here, fields: Fields) -> Response:
    """End the subscription, or take that back; the same once or twice.

    RFC 8058: mailbox providers POST here without cookies and follow no redirect, and the token is
    the proof. So there is no CSRF token, and the answer is always 200.
    """
    link = unsubscribe_link(here, token)
    subscription_id, now = link.subscription_id, here.clock.now()
    name, value = ONE_CLICK
    is_one_click = fields.get(name) == value
    with here.database.transaction() as session:
        if fields.get("undo") and not is_one_click:
            resubscribe(session, subscription_id=subscription_id, now=now)
            return _page(session, here, token, subscription_id, is_back=True)
        source = UnsubscribeSource.ONE_CLICK if is_one_click else UnsubscribeSource.PAGE
        unsubscribe(session, subscription_id=subscription_id, source=source, now=now)
        prove_accepted(
            session,
            local_date=link.local_date,
            brief_id=link.brief_id,
            how=source,
            now=now,
        )
        if is_one_click:
            return PlainTextResponse("You are unsubscribed.\n")
        return _page(session, here, token, subscription_id)


def masked(address: str) -> str:
    """Return an address its owner knows again and nobody else can write to: m…@example.org."""
    local, _, domain = address.rpartition("@")
    return f"{local[:1]}…@{domain}"


def _page(
    session: Session, site: Site, token: str, subscription_id: int, *, is_back: bool = False
) -> Response:
    found = subscription_behind(session, subscription_id)
    if found is None:
        return site.pages.show("unsubscribe_gone.html")
    subscription, subscriber, newsletter = found
    return site.pages.show(
        "unsubscribe.html",
        path=f"/u/{token}",
        newsletter=newsletter,
        address=masked(subscriber.email),
        subscription=subscription,
        has_left=subscription.status == SubscriptionStatus.UNSUBSCRIBED,
        may_undo=may_undo(subscription, now=site.clock.now()),
        is_back=is_back,
    )
