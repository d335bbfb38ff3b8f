"""The way to a source, and the pixel, for readers who agreed that we see what they follow."""

import base64

from fastapi import APIRouter
from starlette.responses import RedirectResponse, Response

from service.errors import NotFoundError
from service.rendering.links import SOURCES
from service.web.outside_links import outside_link
from service.web.public.links import brief_behind, brief_link
from service.web.public.pick import named_pick
from service.web.site import Here

router = APIRouter()
PIXEL = base64.b64decode("R0lGODlhAQABAIAAAP///wAAACH5BAEAAAAALAAAAAABAAEAAAICRAEAOw==")
_VALUES = {which: f"{name}_url" for name, which in SOURCES.items()}


@router.api_route("/b/{token}/{insight_id}/source", methods=["GET", "HEAD"])
def source(token: str, insight_id: str, here: Here) -> Response:
    """Lead to the moment it was said."""
    return _lead(here, token, insight_id, "source")


@router.api_route("/b/{token}/{insight_id}/episode", methods=["GET", "HEAD"])
def episode(token: str, insight_id: str, here: Here) -> Response:
    """Lead to the episode's own page."""
    return _lead(here, token, insight_id, "episode")


@router.api_route("/b/{token}/open.gif", methods=["GET", "HEAD"])
def pixel(token: str, here: Here) -> Response:
    """Answer the pixel of a mail; who was asked for it is in `visits`, if they agreed."""
    with here.database.reading() as session:
        brief_behind(session, brief_link(here, token))
    return Response(PIXEL, media_type="image/gif")


def _lead(here: Here, token: str, insight_id: str, which: str) -> Response:
    """Look the address up by id: nothing in the link itself says where it leads (CWE-601)."""
    with here.database.reading() as session:
        pick = named_pick(session, here, token, insight_id)
    address = outside_link(pick.values()["card"][_VALUES[which]])
    if not address:
        raise NotFoundError("this insight has no source to go to")
    return RedirectResponse(address, status_code=302)
