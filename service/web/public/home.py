"""The site's front page: what Podbrief is, and which lists there are."""

from fastapi import APIRouter
from sqlalchemy import select
from starlette.responses import FileResponse, Response

from service.audience.models import NewsletterList
from service.config import STATIC
from service.web.site import Here, Site

router = APIRouter()


@router.api_route("/", methods=["GET", "HEAD"])
def home(here: Here) -> Response:
    with here.database.reading() as session:
        lists = list(session.scalars(select(NewsletterList).order_by(NewsletterList.name)))
    page = here.pages.show("home.html", lists=lists, inbox_url=_inbox_url(here))
    page.headers["X-Robots-Tag"] = "all"
    return page


@router.api_route("/favicon.ico", methods=["GET", "HEAD"])
def icon() -> Response:
    """Give browsers the mark on pages that name none, as a mail's HTML does not."""
    return FileResponse(STATIC / "favicon.svg")


def _inbox_url(site: Site) -> str | None:
    """Return where the catcher shows its mail; None when mail goes out into the world."""
    if not site.settings.uses_catcher:
        return None
    return f"http://{site.settings.catcher.host}:{site.settings.catcher.inbox_port}/"
