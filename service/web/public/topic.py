"""Topics: all of them with their counts, and the page of one, newest first."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from service.errors import NotFoundError
from service.insights.catalogue import count_on_topic, topic_by_slug
from service.insights.reading import newest
from service.web.public.offer import offer_for
from service.web.public.paging import page_number, paging
from service.web.public.shown import shown
from service.web.public_answers import for_everybody
from service.web.site import Here, Lang

router = APIRouter()


@router.api_route("/topics", methods=["GET", "HEAD"])
def topics_page(here: Here, lang: Lang) -> Response:
    with here.database.reading() as session:
        topics = here.counts.topics(session, now=here.clock.now())
        offer = offer_for(session)
    page = here.pages.show(
        "topics.html",
        lang=lang,
        canonical=f"{here.public_url}/topics",
        topics=topics,
        offer=offer,
    )
    return for_everybody(page, is_found=bool(topics))


@router.api_route("/t/{slug}", methods=["GET", "HEAD"])
def topic_page(slug: str, request: Request, here: Here, lang: Lang) -> Response:
    now = here.clock.now()
    number = page_number(request)
    with here.database.reading() as session:
        topic = topic_by_slug(session, slug=slug)
        if topic is None:
            raise NotFoundError("there is no such topic")
        pages = paging(number, total=count_on_topic(session, topic_id=topic.id, now=now))
        insights = newest(
            session, now=now, topic_ids=[topic.id], limit=pages.size, offset=pages.offset
        )
        offer = offer_for(session, topics=[(topic.id, topic.slug)])
    page = here.pages.show(
        "topic.html",
        lang=lang,
        canonical=here.public_url + topic.path + pages.query,
        topic=topic,
        insights=shown(insights),
        pages=pages,
        offer=offer,
    )
    return for_everybody(page, is_found=bool(insights))
