"""RSS and Atom: what is new on a list's topics, and on each topic."""

from typing import NamedTuple

from fastapi import APIRouter
from sqlalchemy.orm import Session
from starlette.responses import Response

from service.audience.public_lists import public_list
from service.errors import NotFoundError
from service.insights.catalogue import topic_by_slug
from service.insights.reading import newest
from service.web.public.feed_xml import Feed, atom, rss
from service.web.public.shown import shown
from service.web.public_answers import feed
from service.web.site import Here, Site

router = APIRouter()
ENTRIES = 30
KINDS = {"rss": (rss, "application/rss+xml"), "atom": (atom, "application/atom+xml")}


class _Source(NamedTuple):
    title: str
    description: str
    path: str
    language: str
    topic_ids: tuple[int, ...]


@router.api_route("/l/{slug}/feed.{kind}", methods=["GET", "HEAD"])
def list_feed(slug: str, kind: str, here: Here) -> Response:
    with here.database.reading() as session:
        one = public_list(session, slug=slug)
        newsletter = one.list
        source = _Source(
            title=newsletter.name,
            description=newsletter.description or newsletter.name,
            path=f"/l/{newsletter.slug}",
            language=newsletter.language,
            topic_ids=tuple(one.topic_ids),
        )
        return _answer(session, here, source, kind)


@router.api_route("/t/{slug}/feed.{kind}", methods=["GET", "HEAD"])
def topic_feed(slug: str, kind: str, here: Here) -> Response:
    with here.database.reading() as session:
        topic = topic_by_slug(session, slug=slug)
        if topic is None:
            raise NotFoundError("there is no such topic")
        source = _Source(
            title=f"{topic.name} · Podbrief",
            description=f"Insights on {topic.name} from podcasts, newest first",
            path=topic.path,
            language="en",
            topic_ids=(topic.id,),
        )
        return _answer(session, here, source, kind)


def _answer(session: Session, site: Site, source: _Source, kind: str) -> Response:
    if kind not in KINDS:
        raise NotFoundError("there is RSS and Atom")
    write, media_type = KINDS[kind]
    insights = newest(session, now=site.clock.now(), topic_ids=source.topic_ids, limit=ENTRIES)
    told = Feed(
        title=source.title,
        description=source.description,
        url=site.public_url + source.path,
        own_url=f"{site.public_url}{source.path}/feed.{kind}",
        site=site.public_url,
        language=source.language,
        entries=shown(insights),
    )
    return feed(write(told), kind=media_type)
