"""The lists, and how many people each reaches."""

from fastapi import APIRouter
from starlette.responses import Response

from service.web.admin.queries import list_rows
from service.web.admin.session import Viewer
from service.web.admin.show import show
from service.web.site import Here

router = APIRouter()


@router.api_route("/admin/lists", methods=["GET", "HEAD"])
def lists(here: Here, viewer: Viewer) -> Response:
    with here.database.reading() as session:
        found = list_rows(session)
    return show(here, viewer, "lists.html", place="Lists", lists=found)
