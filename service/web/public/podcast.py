"""Podcasts: all there are, and what was found in one of them, newest first."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from service.errors import NotFoundError
from service.insights.catalogue import counted_podcast
from service.insights.page_paths import id_in
from service.insights.reading import newest
from service.web.outside_links import outside_link
from service.web.public.offer import offer_for
from service.web.public.paging import page_number, paging
from service.web.public.shown import shown
from service.web.public_answers import for_everybody, moved
from service.web.site import Here, Lang

router = APIRouter()


@router.api_route("/podcasts", methods=["GET", "HEAD"])
def podcasts_page(here: Here, lang: Lang) -> Response:
    with here.database.reading() as session:
        podcasts = here.counts.podcasts(session, now=here.clock.now())
        offer = offer_for(session)
    page = here.pages.show(
        "podcasts.html",
        lang=lang,
        canonical=f"{here.public_url}/podcasts",
        podcasts=podcasts,
        offer=offer,
    )
    return for_everybody(page, is_found=bool(podcasts))


@router.api_route("/p/{name}", methods=["GET", "HEAD"])
def podcast_page(name: str, request: Request, here: Here, lang: Lang) -> Response:
    now = here.clock.now()
    number = page_number(request)
    with here.database.reading() as session:
        podcast_id = id_in(name)
        podcast = counted_podcast(session, podcast_id=podcast_id, now=now) if podcast_id else None
        if podcast is None:
            raise NotFoundError("there is no such podcast")
        if f"/p/{name}" != podcast.unquoted_path:
            return moved(here.public_url + podcast.path)
        pages = paging(number, total=podcast.insights)
        insights = newest(
            session, now=now, podcast_id=podcast.id, limit=pages.size, offset=pages.offset
        )
        topics = {topic for insight in insights for topic in insight.topics}
        offer = offer_for(session, topics=[(topic.id, topic.slug) for topic in sorted(topics)])
    page = here.pages.show(
        "podcast.html",
        lang=lang,
        canonical=here.public_url + podcast.path + pages.query,
        podcast=podcast,
        podcast_link=outside_link(podcast.url),
        insights=shown(insights),
        pages=pages,
        offer=offer,
    )
    return for_everybody(page, is_found=bool(insights))
