"""Say how often briefs are wanted: the answer to a mail that asks, and to a brief's footer."""

from fastapi import APIRouter
from sqlalchemy.orm import Session
from starlette.responses import Response

from service.audience.models import SubscriptionStatus
from service.audience.wake import let_rest, note_act, take_weekly
from service.errors import InputError, NotFoundError, TokenError
from service.languages import language
from service.tokens import Purpose
from service.web.forms import Fields
from service.web.public.links import subscription_behind
from service.web.site import Here, Site

router = APIRouter()
PATH = "/rhythm/{token}"
ANSWERS = ("before", "weekly", "pause")


@router.api_route(PATH, methods=["GET", "HEAD"])
def ask(token: str, here: Here) -> Response:
    """Show the question; looking changes nothing, for scanners look too."""
    with here.database.reading() as session:
        return _page(session, here, token, said=None)


@router.post(PATH)
def answer(token: str, here: Here, fields: Fields) -> Response:
    """Take the answer; the same once or twice. The token is the proof of who answers."""
    subscription_id, said, now = _named(here, token), fields.get("rhythm"), here.clock.now()
    if said not in ANSWERS:
        raise InputError(f"rhythm: choose one of {', '.join(ANSWERS)}")
    with here.database.transaction() as session:
        found = subscription_behind(session, subscription_id)
        if found is None or found[0].status == SubscriptionStatus.UNSUBSCRIBED:
            raise NotFoundError("the subscription this link belongs to has ended")
        if said == "weekly":
            take_weekly(session, subscription_id, now=now)
        elif said == "pause":
            let_rest(session, subscription_id, now=now)
        else:
            note_act(session, found[1].id, now=now)
        return _page(session, here, token, said=said)


def _named(site: Site, token: str) -> int:
    ids = site.signer.read(Purpose.RHYTHM, token, now=site.clock.now())
    if len(ids) != 1:
        raise TokenError("this link was made in a form we no longer know")
    return ids[0]


def _page(session: Session, site: Site, token: str, *, said: str | None) -> Response:
    found = subscription_behind(session, _named(site, token))
    if found is None or found[0].status == SubscriptionStatus.UNSUBSCRIBED:
        raise NotFoundError("the subscription this link belongs to has ended")
    subscription, subscriber, newsletter = found
    return site.pages.show(
        "rhythm.html",
        lang=language(subscriber.language),
        path=f"/rhythm/{token}",
        newsletter=newsletter,
        subscription=subscription,
        said=said,
    )
