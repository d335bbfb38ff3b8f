"""Somebody's briefs as a feed of their own: an address nobody can guess, and they can take back."""

import hashlib

from fastapi import APIRouter, Request
from starlette.responses import Response

from service.audience.feed_address import end_feed, renew_feed
from service.audience.models import Subscriber
from service.errors import NotFoundError, TokenError
from service.languages import language
from service.privacy.sent import sent_page
from service.rendering.links import feed_token
from service.tokens import Purpose
from service.web.forms import Fields
from service.web.public.own import OWN, Reading, Writing, language_of_person
from service.web.public.own_briefs import brief_path
from service.web.public.preferences import Said
from service.web.public.private_feed_xml import Day, PrivateFeed, atom, rss
from service.web.site import Here, Site

router = APIRouter()
DAYS = 20
WRITERS = {
    "xml": (rss, "application/rss+xml; charset=utf-8"),
    "atom": (atom, "application/atom+xml; charset=utf-8"),
}


@router.api_route("/f/{token}.{kind}", methods=["GET", "HEAD"])
def private_feed(request: Request, token: str, kind: str, here: Here) -> Response:
    """Answer feed readers; the same tag as before gets no body."""
    if kind not in WRITERS:
        raise NotFoundError("there is RSS and Atom")
    write, media_type = WRITERS[kind]
    ids = here.signer.read(Purpose.FEED, token, now=here.clock.now())
    if len(ids) != 2:  # noqa: PLR2004 - signed by us, in a form of another version
        raise TokenError("this link was made in a form we no longer know")
    subscriber_id, number = ids
    with here.database.reading() as session:
        person = session.get(Subscriber, subscriber_id)
        if person is None or person.feed_number != number:
            raise NotFoundError("this feed was taken back")
        lang = language(person.language)
        days = sent_page(
            session,
            subscriber_id=person.id,
            before=None,
            limit=DAYS,
            lang=lang,
            arrived_only=True,
        )
    told = PrivateFeed(
        title=lang.gettext("Your briefs from {name}").format(name="podbrief"),
        own_url=f"{here.public_url}/f/{token}.{kind}",
        site=here.public_url,
        language=lang,
        days=[Day(one, here.public_url + brief_path(here, one.brief)) for one in days],
    )
    text = write(told)
    tag = f'"{hashlib.sha256(text.encode()).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
    if tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(text, media_type=media_type, headers=headers)


@router.api_route(f"{OWN}/feed", methods=["GET", "HEAD"])
def own_feed(request: Request, own: Reading) -> Response:
    """Show the address, or how to get one."""
    with own.site.database.reading() as session:
        person = own.person(session)
    return own.show(
        "own/feed.html",
        person,
        lang=language_of_person(request, person),
        tab="saved",
        said=Said.of(request),
        feeds=_addresses(own.site, person),
    )


@router.post(f"{OWN}/feed")
def change_feed(own: Writing, fields: Fields) -> Response:
    """Give the feed an address, another one, or none."""
    with own.site.database.transaction() as session:
        person = own.person(session, held=True)
        if fields.get("end"):
            end_feed(session, person)
            return own.back("/feed", done="ended")
        renew_feed(session, person)
    return own.back("/feed", done="renewed")


def _addresses(site: Site, person: Subscriber) -> dict[str, str]:
    if person.feed_number is None:
        return {}
    token = feed_token(site.signer, subscriber_id=person.id, feed_number=person.feed_number)
    return {
        "RSS": f"{site.public_url}/f/{token}.xml",
        "Atom": f"{site.public_url}/f/{token}.atom",
    }
