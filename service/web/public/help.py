"""What these mails are, who sends them, and how to leave: the page List-Help names."""

from fastapi import APIRouter
from sqlalchemy import select
from starlette.responses import Response

from service.audience.models import NewsletterList
from service.web.site import Here, Lang

router = APIRouter()


@router.api_route("/help", methods=["GET", "HEAD"])
def help_page(here: Here, lang: Lang) -> Response:
    with here.database.reading() as session:
        lists = list(session.scalars(select(NewsletterList).order_by(NewsletterList.name)))
    page = here.pages.show("help.html", lang=lang, lists=lists)
    page.headers["X-Robots-Tag"] = "all"
    return page
