"""What search engines ask first: robots.txt, and the sitemaps of everything there is to find."""

import datetime as dt
from collections.abc import Iterable
from xml.etree.ElementTree import Element, SubElement, tostring

from fastapi import APIRouter
from starlette.responses import PlainTextResponse, Response

from service.audience.public_lists import public_lists
from service.editions.archive import past_editions
from service.errors import NotFoundError
from service.insights.catalogue import insights_between, largest_insight_id
from service.web.numbers import row_id
from service.web.public.archive import MOST_EDITIONS
from service.web.public_answers import SITEMAP_SECONDS, feed, for_everybody
from service.web.site import Here

router = APIRouter()
IDS_A_SITEMAP = 10_000  # of insights, some of them not listed; the protocol allows 50,000 addresses
_XML = '<?xml version="1.0" encoding="utf-8"?>\n'
_SITEMAPS = "http://www.sitemaps.org/schemas/sitemap/0.9"
_CLOSED = ("/admin", "/b/", "/u/", "/signin/", "/search", "/metrics", "/webhooks/")


@router.api_route("/robots.txt", methods=["GET", "HEAD"])
def robots(here: Here) -> Response:
    lines = [
        "User-agent: *",
        *(f"Disallow: {here.base}{path}" for path in _CLOSED),
        "",
        f"Sitemap: {here.public_url}/sitemap.xml",
        "",
    ]
    return for_everybody(PlainTextResponse("\n".join(lines)), seconds=SITEMAP_SECONDS)


@router.api_route("/sitemap.xml", methods=["GET", "HEAD"])
def sitemap_index(here: Here) -> Response:
    with here.database.reading() as session:
        largest = largest_insight_id(session)
    names = ["pages", *(f"insights-{n}" for n in range(1, -(-largest // IDS_A_SITEMAP) + 1))]
    root = Element("sitemapindex", xmlns=_SITEMAPS)
    for name in names:
        one = SubElement(root, "sitemap")
        SubElement(one, "loc").text = f"{here.public_url}/sitemaps/{name}.xml"
    return _answer(root)


@router.api_route("/sitemaps/pages.xml", methods=["GET", "HEAD"])
def sitemap_of_pages(here: Here) -> Response:
    now = here.clock.now()
    with here.database.reading() as session:
        paths = ["/", "/topics", "/podcasts", "/help"]
        for one in public_lists(session):
            home = f"/l/{one.list.slug}"
            dates = past_editions(session, list_id=one.list.id, limit=MOST_EDITIONS)
            paths += [home, *([f"{home}/archive"] if dates else [])]
            paths += [f"{home}/archive/{date}" for date, _ in dates]
        paths += [each.topic.path for each in here.counts.topics(session, now=now)]
        paths += [each.path for each in here.counts.podcasts(session, now=now)]
    return _answer(_addresses(here.public_url, ((path, None) for path in paths)))


@router.api_route("/sitemaps/insights-{number}.xml", methods=["GET", "HEAD"])
def sitemap_of_insights(number: str, here: Here) -> Response:
    until = (row_id(number) or 0) * IDS_A_SITEMAP
    with here.database.reading() as session:
        if not 0 < until < largest_insight_id(session) + IDS_A_SITEMAP:
            raise NotFoundError("there is no such sitemap")
        found = insights_between(
            session, after=until - IDS_A_SITEMAP, until=until, now=here.clock.now()
        )
    return _answer(_addresses(here.public_url, found))


def _addresses(site: str, pages: Iterable[tuple[str, dt.datetime | None]]) -> Element:
    root = Element("urlset", xmlns=_SITEMAPS)
    for path, touched_at in pages:
        one = SubElement(root, "url")
        SubElement(one, "loc").text = site + path
        if touched_at is not None:
            SubElement(one, "lastmod").text = touched_at.isoformat(timespec="seconds")
    return root


def _answer(root: Element) -> Response:
    text = _XML + tostring(root, "unicode")
    return feed(text, kind="application/xml", seconds=SITEMAP_SECONDS)
