"""The site's front page: what Podbrief is, which lists there are, and five of today's insights."""

from fastapi import APIRouter
from starlette.responses import FileResponse, Response

from service.audience.public_lists import best_suited, public_lists
from service.config import STATIC
from service.insights.reading import insights_by_id
from service.selection.sample import sample_picks
from service.web.public.newsletter import card_path
from service.web.public.offer import Offer
from service.web.public.shown import shown
from service.web.public_answers import for_everybody
from service.web.site import Here, Lang

router = APIRouter()
MOST_TOPICS = 24


@router.api_route("/", methods=["GET", "HEAD"])
def home(here: Here, lang: Lang) -> Response:
    now = here.clock.now()
    with here.database.reading() as session:
        lists = public_lists(session)
        first = best_suited(lists, language=lang.code)
        picks = sample_picks(session, first.list, now=now) if first else []
        sample = [insight for insight in insights_by_id(session, ids=picks) if insight.is_listed]
        topics = sorted(here.counts.topics(session, now=now), key=lambda each: -each.insights)
    page = here.pages.show(
        "home.html",
        lang=lang,
        canonical=f"{here.public_url}/",
        image=here.public_url + card_path(first) if first else "",
        lists=[one.list for one in lists],
        sample=shown(sample),
        topics=topics[:MOST_TOPICS],
        offer=Offer(list=first.list) if first else None,
        inbox_url=here.inbox_url,
    )
    return for_everybody(page)


@router.api_route("/favicon.ico", methods=["GET", "HEAD"])
def icon() -> Response:
    """Give browsers the mark on pages that name none, as a mail's HTML does not."""
    return FileResponse(STATIC / "favicon.svg")
