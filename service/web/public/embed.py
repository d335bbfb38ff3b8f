"""Sign-up from elsewhere: a snippet for other people's pages, and an endpoint for their scripts."""

import json
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.background import BackgroundTask
from starlette.responses import JSONResponse, Response

from service.errors import NotFoundError, TooOftenError
from service.jobs import Job
from service.web.public.sign_up_form import TRAP, public_list, read_form, take
from service.web.refusals import TooLargeError
from service.web.security import refuse_large
from service.web.site import Here, Lang, Site

router = APIRouter()
API = "/api/lists/{slug}/sign-up"
LONGEST_JSON = 10_000  # bytes; an address, a language and a proof
RETRY_AFTER_SECONDS = "3600"


class SignUpBody(BaseModel):
    """What a script may say; a name we do not know is refused rather than ignored."""

    model_config = ConfigDict(extra="forbid", strict=True)

    email: str = Field(max_length=1000)
    lang: str = Field("", max_length=12)
    proof: str = Field("", max_length=40)


@router.api_route("/l/{slug}/embed", methods=["GET", "HEAD"])
def show_snippet(slug: str, here: Here, lang: Lang) -> Response:
    """Show the form as HTML to copy, and as it will look without any style."""
    newsletter = public_list(here.database, slug)
    address = f"{here.public_url}/l/{newsletter.slug}/sign-up"
    snippet = here.pages.fill(
        "sign_up_snippet.html", lang=lang, newsletter=newsletter, address=address, trap=TRAP
    )
    return here.pages.show(
        "sign_up_embed.html",
        lang=lang,
        newsletter=newsletter,
        snippet=snippet.strip(),
        api=f"{here.public_url}/api/lists/{newsletter.slug}/sign-up",
        bits=here.settings.signup.proof_bits,
    )


async def read_body(request: Request) -> bytes:
    """Return the body, on the event loop where it arrives; raises `TooLargeError`."""
    refuse_large(request.headers)
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LONGEST_JSON:
            raise TooLargeError
    return bytes(body)


@router.post(API)
def sign_up(
    slug: str, request: Request, here: Here, body: Annotated[bytes, Depends(read_body)]
) -> Response:
    """Take what a script says: 422 with the faults by field, 202 whatever we know otherwise."""
    headers = _permission(here, request)
    try:
        newsletter = public_list(here.database, slug)
    except NotFoundError:
        return JSONResponse({"errors": {"list": "there is no such list"}}, 404, headers)
    try:
        said = SignUpBody.model_validate(_parsed(body))
    except ValidationError as error:
        return JSONResponse({"errors": _faults(error)}, 422, headers)
    now = here.clock.now()
    fields = {"email": said.email, "lang": said.lang, "proof": said.proof}
    form = read_form(here, fields, what=slug, now=now)
    if form.address is None:
        fault = {"email": "is not an address: ada@example.org would be one"}
        return JSONResponse({"errors": fault}, 422, headers)
    try:
        take(here, request, newsletter, form, source="api", now=now)
    except TooOftenError as error:
        late = headers | {"Retry-After": RETRY_AFTER_SECONDS}
        return JSONResponse({"errors": {"visitor": str(error)}}, 429, late)
    answer: dict[str, Any] = {"next": "look in your inbox: the link there confirms"}
    if form.meant:
        answer["did_you_mean"] = form.meant
    return JSONResponse(
        answer, 202, headers, background=BackgroundTask(here.bell.ring, Job.DELIVER)
    )


@router.options(API)
def allow(slug: str, request: Request, here: Here) -> Response:  # noqa: ARG001 - the path has it
    """Tell a browser whether a script of another site may post here."""
    headers = _permission(here, request)
    if "Access-Control-Allow-Origin" in headers:
        headers |= {
            "Access-Control-Allow-Methods": "POST",
            "Access-Control-Allow-Headers": "Content-Type",
            "Access-Control-Max-Age": "600",
        }
    return Response(status_code=204, headers=headers)


def _parsed(body: bytes) -> Any:
    """Return the JSON; what is none counts as nothing said."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _faults(error: ValidationError) -> dict[str, str]:
    return {
        str(fault["loc"][0]) if fault["loc"] else "body": (
            fault["msg"] if fault["loc"] else 'is not a JSON object such as {"email": "…"}'
        )
        for fault in error.errors()
    }


def _permission(site: Site, request: Request) -> dict[str, str]:
    """Return the headers by which a browser lets another site's script read the answer."""
    allowed = {part.strip() for part in site.settings.signup.allow_origins.split(",")}
    origin = request.headers.get("origin", "")
    headers = {"Vary": "Origin"}
    if "*" in allowed:
        headers["Access-Control-Allow-Origin"] = "*"
    elif origin and origin in allowed:
        headers["Access-Control-Allow-Origin"] = origin
    return headers
