"""Whose pages a signed link opens: one person's own, and nobody else's whatever a form says."""

import datetime as dt
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Depends, Request
from sqlalchemy.orm import Session
from starlette.responses import RedirectResponse, Response

from service.audience.models import Subscriber
from service.audience.wake import note_act
from service.errors import ExpiredTokenError
from service.languages import Language, language
from service.rendering.links import manage_token
from service.tokens import Purpose
from service.web.admin.session import own_origins
from service.web.refusals import ForgedFormError, LostLinkError
from service.web.site import Here, Site

OWN = "/me/{token}"  # where all pages of one person lie
_NO_ORIGIN = "null"  # what browsers say under "no-referrer", which these pages need (Fetch 3.2)


@dataclass(frozen=True, slots=True)
class Own:
    """The link somebody came by; every path and every row of theirs starts here."""

    site: Site
    token: str
    subscriber_id: int
    link_number: int

    @property
    def path(self) -> str:
        return f"/me/{self.token}"

    def person(self, session: Session, *, held: bool = False) -> Subscriber:
        """Return whose pages these are, held until the end of the transaction when asked.

        Whoever is held is about to do something, which is a sign of life. Raises `LostLinkError`
        when the link was taken back, or they are no longer known.
        """
        found = session.get(Subscriber, self.subscriber_id, with_for_update=True if held else None)
        if found is None or found.link_number != self.link_number:
            raise LostLinkError("this link was taken back")
        if held:
            note_act(session, found.id, now=self.site.clock.now())
        return found

    def show(
        self, name: str, person: Subscriber, *, code: int = 200, lang: Language, **values: Any
    ) -> Response:
        """Return a page of theirs in their language."""
        page: Response = self.site.pages.show(
            name, code=code, lang=lang, path=self.path, person=person, **values
        )
        return page

    def back(self, page: str = "", *, anchor: str = "", **said: str) -> Response:
        """Send the browser to a page of theirs, which then says what was done."""
        query = f"?{urlencode(said)}" if said else ""
        mark = f"#{anchor}" if anchor else ""
        address = f"{self.site.base}{self.path}{page}{query}{mark}"
        return RedirectResponse(address, status_code=303)


def language_of_person(request: Request, person: Subscriber) -> Language:
    """Return the language of somebody's own pages: as the address asks, or as they chose."""
    return language(request.query_params.get("lang") or person.language)


def open_own(token: str, here: Here) -> Own:
    """Read the link; raises `TokenError` for one none of ours, `LostLinkError` once it is over."""
    try:
        ids = here.signer.read(Purpose.MANAGE, token, now=here.clock.now())
    except ExpiredTokenError as error:
        raise LostLinkError(str(error)) from error
    if len(ids) != 2:  # noqa: PLR2004 - signed by us, in a form of another version
        raise LostLinkError("this link was made in a form we no longer know")
    return Own(here, token, *ids)


def send_own(request: Request, own: Annotated[Own, Depends(open_own)]) -> Own:
    """Return whose form was sent.

    The token in its address is the authority, and no other page knows it. A browser that says it
    comes from elsewhere is refused all the same; programs and careful browsers say nothing.
    """
    origin = request.headers.get("origin", _NO_ORIGIN)
    if origin != _NO_ORIGIN and origin not in own_origins(request, own.site):
        raise ForgedFormError("the form was not sent from a page of ours")
    if request.headers.get("sec-fetch-site", "same-origin") == "cross-site":
        raise ForgedFormError("the form was sent from another site's page")
    return own


Reading = Annotated[Own, Depends(open_own)]
Writing = Annotated[Own, Depends(send_own)]


def own_path(site: Site, person: Subscriber, *, today: dt.date) -> str:
    """Return the path to somebody's preferences, with a fresh link."""
    token = manage_token(
        site.signer, subscriber_id=person.id, link_number=person.link_number, today=today
    )
    return f"/me/{token}"
