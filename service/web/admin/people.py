"""The people: search by address or name, fifty a page."""

from urllib.parse import urlencode

from fastapi import APIRouter, Request
from starlette.responses import Response

from service.web.admin.queries import people_page
from service.web.admin.session import Viewer
from service.web.admin.show import show
from service.web.numbers import row_id
from service.web.site import Here

router = APIRouter()
PAGE_LENGTH = 50
LONGEST_SEARCH = 254  # an address has no more


@router.api_route("/admin/people", methods=["GET", "HEAD"])
def people(request: Request, here: Here, viewer: Viewer) -> Response:
    search = request.query_params.get("search", "").replace("\x00", "").strip()[:LONGEST_SEARCH]
    after = row_id(request.query_params.get("after", "")) or 0  # else from the start
    with here.database.reading() as session:
        found = people_page(session, search=search, after_id=after, limit=PAGE_LENGTH + 1)
    shown = found[:PAGE_LENGTH]
    next_query = None
    if len(found) > PAGE_LENGTH:
        query = {"search": search, "after": str(shown[-1].subscriber.id)}
        next_query = urlencode({name: value for name, value in query.items() if value})
    return show(
        here,
        viewer,
        "people.html",
        place="People",
        people=shown,
        search=search,
        is_first=after == 0,
        next_query=next_query,
    )
