"""Search all insights by what they say and what they are about."""

from threading import BoundedSemaphore

from fastapi import APIRouter, Request
from sqlalchemy.orm import Session
from starlette.responses import Response

from service.errors import UnavailableError
from service.insights.reading import ReadInsight, insights_by_id
from service.insights.search import search
from service.insights.understanding.text_model import TextModel
from service.rendering.clip import cleaned
from service.web.public.offer import offer_for
from service.web.public.shown import shown
from service.web.site import Here, Lang

router = APIRouter()
LONGEST_SEARCH = 200  # characters
MOST_FOUND = 30
_AT_ONCE = BoundedSemaphore(4)  # searches are the dearest pages: the others must not wait for many
_WAIT_SECONDS = 1


@router.api_route("/search", methods=["GET", "HEAD"])
def search_page(request: Request, here: Here, lang: Lang) -> Response:
    """Show what was found; the page is nobody else's business, so no cache keeps it."""
    words = cleaned(request.query_params.get("q"))[:LONGEST_SEARCH]
    with here.database.reading() as session:
        found = _found(session, words, model=here.text_model) if words else []
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


def _found(session: Session, words: str, *, model: TextModel) -> list[ReadInsight]:
    if not _AT_ONCE.acquire(timeout=_WAIT_SECONDS):
        raise UnavailableError("too many searches at once")
    try:
        near = search(session, words, model=model, limit=MOST_FOUND)
        return insights_by_id(session, ids=[one.insight_id for one in near])
    finally:
        _AT_ONCE.release()
