"""Sign in with a one-time link, and out with a button."""

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from service.accounts.sign_in import check_link, redeem, sign_out
from service.web.admin.session import (
    FORM_PAGE,
    Actor,
    forget_session,
    require_own_origin,
    session_secret,
    set_session,
)
from service.web.site import Here

router = APIRouter()
SEE_OTHER = 303


@router.api_route("/signin/{secret}", methods=["GET", "HEAD"])
def ask(secret: str, here: Here) -> Response:
    """Show a button: a scanner that opens the link must not use it up."""
    with here.database.reading() as session:
        staff = check_link(session, secret, here.clock.now())
    page = here.pages.show("signin.html", staff=staff, path=f"/signin/{secret}")
    page.headers.update(FORM_PAGE)
    return page


@router.post("/signin/{secret}")
def enter(secret: str, here: Here, request: Request) -> Response:
    """Use the link up and begin a session; whatever session the browser had before ends."""
    require_own_origin(request, here)
    now = here.clock.now()
    with here.database.transaction() as session:
        before = session_secret(request, here)
        session_now = redeem(session, secret, now)
        if before:
            sign_out(session, before, now)
    answer = RedirectResponse(f"{here.base}/admin", status_code=SEE_OTHER)
    set_session(answer, here, session_now)
    return answer


@router.post("/admin/signout")
def leave(here: Here, actor: Actor) -> Response:
    with here.database.transaction() as session:
        sign_out(session, actor.secret, here.clock.now())
    answer = here.pages.show("signed_out.html")
    forget_session(answer, here)
    return answer
