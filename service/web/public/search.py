"""Search all insights by what they say and what they are about."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from service.insights.reading import insights_by_id
from service.insights.search import search
from service.rendering.clip import cleaned
from service.web.public.offer import offer_for
from service.web.public.shown import shown
from service.web.site import Here, Lang

router = APIRouter()
LONGEST_SEARCH = 200  # characters
MOST_FOUND = 30


@router.api_route("/search", methods=["GET", "HEAD"])
def search_page(request: Request, here: Here, lang: Lang) -> Response:
    """Show what was found; the page is nobody else's business, so no cache keeps it."""
    words = cleaned(request.query_params.get("q"))[:LONGEST_SEARCH]
    with here.database.reading() as session:
        near = search(session, words, model=here.text_model, limit=MOST_FOUND) if words else []
        found = insights_by_id(session, ids=[one.insight_id for one in near])
        offer = offer_for(session)
    page = here.pages.show(
        "search.html",
        lang=lang,
        canonical="",
        words=words,
        found=shown(insight for insight in found if insight.is_listed),
        offer=offer,
    )
    page.headers["Referrer-Policy"] = "same-origin"
    return page
