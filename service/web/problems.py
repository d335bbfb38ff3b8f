"""Turn errors into pages a person can act on; nothing else knows a status code for an error."""

from dataclasses import dataclass

from fastapi import FastAPI, Request
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from service.errors import (
    ConflictError,
    ExpiredTokenError,
    GoneError,
    InputError,
    NotFoundError,
    PodbriefError,
    TokenError,
    TooOftenError,
    UnavailableError,
)
from service.languages import msgid
from service.log import log
from service.web.refusals import (
    ForgedFormError,
    LostLinkError,
    NotSignedInError,
    TooLargeError,
)
from service.web.security import protect
from service.web.site import Site, language_of

RETRY_AFTER_SECONDS = "30"


@dataclass(frozen=True, slots=True)
class Problem:
    """What a page says of an error: what happened, and what to do."""

    status: int
    title: str
    advice: str
    asks_for_link: bool = False  # whether a new link to their own pages helps


_EXPIRED = Problem(
    410,
    msgid("This link is no longer good."),
    msgid(
        "Links in a brief work for three months, sign-in links once and for a short time. Your "
        "newest brief has fresh ones; staff get a new sign-in link from podbrief staff link."
    ),
)
_LOST = Problem(
    410,
    msgid("This link opens nothing any more."),
    msgid(
        "Links to your own pages work for three months, and those made before a change of "
        "address are taken back. Your newest brief has a fresh one at its end."
    ),
    asks_for_link=True,
)
_NOT_OURS = Problem(
    404,
    msgid("This link is not complete."),
    msgid(
        "A part of it was lost on the way, which happens when a mail program breaks a long "
        "line. Open it from the mail itself instead of copying it."
    ),
)
_MISSING = Problem(
    404,
    msgid("There is nothing at this address."),
    msgid(
        "It may have been mistyped, or what was here is gone. The links in your newest brief "
        "are good."
    ),
)
_TAKEN_AWAY = Problem(
    410,
    msgid("This was taken back."),
    msgid("Whoever published it, or we, did not want it to stand any longer. It will not return."),
)
_STORE_AWAY = Problem(
    503,
    msgid("Our store does not answer right now; please try again in a minute."),
    "",
)
_OURS = Problem(
    500,
    msgid("Something broke on our side."),
    msgid(
        "It was written down for us. Nothing you did was lost that a page had confirmed; please "
        "try again in a while."
    ),
)
_BY_CLASS: tuple[tuple[type[Exception], Problem], ...] = (  # the first that fits counts
    (LostLinkError, _LOST),
    (ExpiredTokenError, _EXPIRED),
    (TokenError, _NOT_OURS),
    (GoneError, _TAKEN_AWAY),
    (NotFoundError, _MISSING),
    (
        TooLargeError,
        Problem(
            413,
            msgid("That is more than a page of ours can take."),
            msgid("A form holds up to 1 MB."),
        ),
    ),
    (
        NotSignedInError,
        Problem(
            401,
            msgid("This page is for staff."),
            msgid(
                "Sign in with a link that podbrief staff link makes for you. A session ends "
                "after half an hour of silence, and after twelve hours in any case."
            ),
        ),
    ),
    (
        ForgedFormError,
        Problem(
            403,
            msgid("This form did not come from its own page."),
            msgid("Nothing was done. Open the page anew and press the button there."),
        ),
    ),
    (
        ConflictError,
        Problem(
            409,
            msgid("Somebody was faster."),
            msgid("Go back, look at how things stand now, and choose."),
        ),
    ),
    (
        TooOftenError,
        Problem(429, msgid("That was too often."), msgid("Please wait an hour, then try again.")),
    ),
    (
        InputError,
        Problem(
            400, msgid("That cannot be done as it was sent."), msgid("Mend it and send it again.")
        ),
    ),
    (UnavailableError, _STORE_AWAY),
)
_BY_STATUS = {
    404: _MISSING,
    405: Problem(
        405,
        msgid("This page cannot be used that way."),
        msgid("Open it as a link, or use its button."),
    ),
}


def handle_problems(app: FastAPI) -> None:
    """Let every error of `app` end in a page."""
    app.add_exception_handler(PodbriefError, _explain)
    app.add_exception_handler(HTTPException, _explain_refusal)
    app.add_exception_handler(Exception, _explain)


def problem_of(error: Exception) -> Problem:
    """Return what to say of an error."""
    for kind, problem in _BY_CLASS:
        if isinstance(error, kind):
            return problem
    return _OURS


def readiness(*, ready: bool, checks: dict[str, object]) -> Response:
    """Answer those who ask whether everything is there."""
    return JSONResponse({"ready": ready, "checks": checks}, status_code=200 if ready else 503)


def _explain(request: Request, error: Exception) -> Response:
    problem = problem_of(error)
    if problem is _OURS:
        log.error("page_broke", method=request.method, error=type(error).__name__, exc_info=error)
    elif problem is _STORE_AWAY:
        log.warning("page_unavailable", reason=str(error))
    # What a ConflictError or InputError says is made for people; the rest stays in the log.
    says = str(error) if problem.status in (400, 409) else ""
    return _page(request, problem, says)


def _explain_refusal(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    return _page(request, _BY_STATUS.get(status, Problem(status, "This cannot be done.", "")), "")


def _page(request: Request, problem: Problem, says: str) -> Response:
    site: Site = request.app.state.site
    response: Response = site.pages.show(
        "problem.html", code=problem.status, lang=language_of(request), problem=problem, says=says
    )
    if problem.status == _STORE_AWAY.status:
        response.headers["Retry-After"] = RETRY_AFTER_SECONDS
    protect(response.headers, is_https=site.is_https)  # a broken page is answered outside the guard
    return response
