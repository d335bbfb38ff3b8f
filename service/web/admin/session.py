"""Who is signed in, told by a cookie; and whether a form is truly theirs."""

import datetime as dt
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, Request
from starlette.responses import Response

from service.accounts.models import Staff
from service.accounts.sign_in import (
    ABSOLUTE_LIMIT,
    SEEN_EVERY,
    form_token,
    is_form_token,
    mark_seen,
    signed_in,
)
from service.web.forms import Fields
from service.web.refusals import ForgedFormError, NotSignedInError
from service.web.site import Here, Site

COOKIE = "podbrief_session"
FORM_FIELD = "form_token"
FORM_PAGE = {"Referrer-Policy": "same-origin"}  # its forms are checked for their Origin


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A member of staff at their browser."""

    staff: Staff
    secret: str

    @property
    def form_token(self) -> str:
        return form_token(self.secret)


def signed_in_staff(request: Request, here: Here) -> SignedIn:
    """Return who is signed in; raises `NotSignedInError`.

    A page view puts the idle limit off, written at most once a minute.
    """
    secret = session_secret(request, here)
    now = here.clock.now()
    with here.database.reading() as session:
        found = signed_in(session, secret, now) if secret else None
    if found is None:
        raise NotSignedInError("nobody is signed in here")
    staff, current = found
    if now - current.seen_at >= SEEN_EVERY:
        with here.database.transaction() as session:
            mark_seen(session, secret, now)
    return SignedIn(staff, secret)


Viewer = Annotated[SignedIn, Depends(signed_in_staff)]


def sender_of_form(request: Request, here: Here, viewer: Viewer, fields: Fields) -> SignedIn:
    """Return who sent a form from a page of ours; raises `ForgedFormError` otherwise."""
    require_own_origin(request, here)
    if not is_form_token(viewer.secret, fields.get(FORM_FIELD, "")):
        raise ForgedFormError("the form's token does not belong to this session")
    return viewer


Actor = Annotated[SignedIn, Depends(sender_of_form)]


def require_own_origin(request: Request, site: Site) -> None:
    """Refuse a form that a browser sent from another site's page; all browsers say whence."""
    if request.headers.get("origin") not in own_origins(request, site):
        raise ForgedFormError("the form was not sent from a page of ours")


def own_origins(request: Request, site: Site) -> set[str]:
    """Return what a browser on a page of ours calls its origin."""
    public = urlsplit(site.public_url)
    return {
        f"{public.scheme}://{public.netloc}",
        f"{request.url.scheme}://{request.headers.get('host', '')}",
    }


def session_secret(request: Request, site: Site) -> str:
    return request.cookies.get(_cookie_name(site), "")


def set_session(response: Response, site: Site, secret: str) -> None:
    """Give the browser its session, out of reach of scripts, other hosts and other sites."""
    response.set_cookie(
        _cookie_name(site),
        secret,
        max_age=int(ABSOLUTE_LIMIT / dt.timedelta(seconds=1)),
        path="/",
        secure=site.is_https,
        httponly=True,
        samesite="lax",
    )


def forget_session(response: Response, site: Site) -> None:
    response.delete_cookie(
        _cookie_name(site), path="/", secure=site.is_https, httponly=True, samesite="lax"
    )


def _cookie_name(site: Site) -> str:
    # RFC 6265bis: browsers take a __Host- cookie only if it is Secure, for this host, path /
    return f"__Host-{COOKIE}" if site.is_https else COOKIE
