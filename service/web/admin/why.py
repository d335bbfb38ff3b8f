"""Why a brief holds what it holds: its picks, and how everything else scored."""

import datetime as dt
from typing import Any

from fastapi import APIRouter
from starlette.responses import JSONResponse, RedirectResponse, Response

from service.editions.queries import brief_of
from service.errors import NotFoundError
from service.sending.why import why_brief
from service.web.admin.session import FORM_PAGE, Viewer
from service.web.admin.show import show
from service.web.numbers import row_id
from service.web.site import Here, Site

router = APIRouter()
SEE_OTHER = 303
SHOWN = 50  # candidates on the page; the JSON has all


@router.api_route("/admin/people/{number}/why", methods=["GET", "HEAD"])
def newest(number: str, here: Here, _viewer: Viewer) -> Response:
    """Lead to the newest brief of a person."""
    with here.database.reading() as session:
        found = brief_of(session, subscriber_id=row_id(number) or 0)[:1]
    if not found:
        raise NotFoundError("this person has had no brief yet")
    brief = found[0][0]
    address = f"{here.base}/admin/briefs/{brief.local_date}/{brief.id}/why"
    return RedirectResponse(address, status_code=SEE_OTHER)


@router.api_route("/admin/briefs/{date}/{number}/why", methods=["GET", "HEAD"])
def page(date: str, number: str, here: Here, viewer: Viewer) -> Response:
    """Show a brief's picks and its best candidates, chosen once more to compare."""
    brief = _brief(here, date, number)
    return show(here, viewer, "why.html", place="People", brief=brief, shown=SHOWN)


@router.api_route("/admin/briefs/{date}/{number}/why.json", methods=["GET", "HEAD"])
def as_json(date: str, number: str, here: Here, _viewer: Viewer) -> Response:
    """Give the same to programs, with every candidate."""
    return JSONResponse(
        _brief(here, date, number), headers={"Cache-Control": "no-store"} | FORM_PAGE
    )


def _brief(site: Site, date: str, number: str) -> dict[str, Any]:
    brief_id = row_id(number)
    try:
        local_date = dt.date.fromisoformat(date)
    except ValueError:
        local_date = None
    if brief_id is None or local_date is None:
        raise NotFoundError("there is no such brief")
    (brief,) = why_brief(site.database, str(brief_id), replay=True)
    if brief["local_date"] != local_date.isoformat():
        raise NotFoundError("there is no such brief on that date")
    return brief
