"""Leave a list: a page with one button, and the POST that mail programs send by themselves."""

from typing import Any

from fastapi import APIRouter
from sqlalchemy.orm import Session
from starlette.responses import PlainTextResponse, Response

from service.feedback.departure_models import DepartureReason
from service.feedback.departures import LeftBy, give_reason, take_reason_back
from service.feedback.evidence import prove_accepted
from service.feedback.unsubscribe import UnsubscribeSource, resubscribe, unsubscribe
from service.languages import msgid
from service.web.forms import Fields
from service.web.public.leaving import find_leaving
from service.web.public.links import unsubscribe_link
from service.web.site import Here, Site
from service.web.visits import ByHand

router = APIRouter()
ONE_CLICK = ("List-Unsubscribe", "One-Click")  # RFC 8058 section 3.2
REASONS = (
    (DepartureReason.TOO_MANY, msgid("It was too much mail")),
    (DepartureReason.NOT_RELEVANT, msgid("It was not about what interests me")),
    (DepartureReason.NOT_GOOD, msgid("It was not good enough")),
    (DepartureReason.NOT_ASKED, msgid("I never signed up")),
    (DepartureReason.OTHER, msgid("Something else")),
)


@router.api_route("/u/{token}", methods=["GET", "HEAD"])
def ask(token: str, here: Here) -> Response:
    """Show what would end; mail scanners open every link, so looking changes nothing."""
    with here.database.reading() as session:
        return _page(session, here, token)


@router.post("/u/{token}")
def leave(token: str, here: Here, fields: Fields) -> Response:
    """End the subscription, or take that back; the same once or twice.

    RFC 8058: mailbox providers POST here without cookies and follow no redirect, and the token is
    the proof. So there is no CSRF token, and the answer is always 200. Whatever pressed it, a wish
    to leave is honoured: it can be taken back for a day.
    """
    link = unsubscribe_link(here, token)
    subscription_id, now = link.subscription_id, here.clock.now()
    name, value = ONE_CLICK
    is_one_click = fields.get(name) == value
    with here.database.transaction() as session:
        if fields.get("undo") and not is_one_click:
            resubscribe(session, subscription_id=subscription_id, now=now)
            take_reason_back(session, subscription_id=subscription_id, now=now)
            return _page(session, here, token, is_back=True)
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
        return _page(session, here, token)


@router.post("/u/{token}/reason")
def say_why(token: str, here: Here, fields: Fields, by_hand: ByHand) -> Response:
    """Take down why they left, if they care to say."""
    link = unsubscribe_link(here, token)
    told = fields.get("reason", "")
    words = fields.get("words", "")
    known = {reason.value for reason, _ in REASONS}
    reason = DepartureReason(told) if told in known else DepartureReason.OTHER
    with here.database.transaction() as session:
        thanked = bool(told in known or words.strip()) and by_hand
        if thanked:
            give_reason(
                session,
                subscription_id=link.subscription_id,
                reason=reason,
                words=words,
                left_by=LeftBy(link.local_date, link.brief_id),
                now=here.clock.now(),
            )
        return _page(session, here, token)


def _page(session: Session, site: Site, token: str, **values: Any) -> Response:
    found = find_leaving(session, site, token)
    if found is None:
        return site.pages.show("unsubscribe_gone.html")
    shown = found.values(session, now=site.clock.now())
    return site.pages.show(
        "unsubscribe.html", **shown, reasons=REASONS, **({"is_back": False} | values)
    )
