"""The page of an insight: where it was said, what stands for its story, what is taken back."""

import json
import re

import html5lib
import pytest
from sqlalchemy import insert, update

from service.audience.models import ListTopic, NewsletterList
from service.db.database import Database
from service.insights.models import Episode, Insight, Podcast
from tests.factories.store import make_insight, make_list, make_podcast
from tests.factories.web_visit import ADDRESS, Visit, open_site

SPITE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</script><script>alert(1)</script>",
    "</title><svg/onload=alert(1)>",
    "{{ 7*7 }}{% raw %}",
    "<!-- --!> <script>",
    "x\r\nSet-Cookie: spite=1",
    "\u202eevil\u2028line",
)


@pytest.fixture
def visit(database, database_url, clock, tmp_path):
    with open_site(database, database_url, clock, tmp_path / "home") as visit:
        yield visit


@pytest.fixture
def one_visit(sqlite_url, clock, tmp_path):
    """The same on one store, for what no store has a say in."""
    database = Database(sqlite_url)
    with open_site(database, sqlite_url, clock, tmp_path / "home") as visit:
        yield visit
    database.dispose()


def change(visit: Visit, number: int, **values: object) -> None:
    with visit.database.transaction() as session:
        session.execute(update(Insight).where(Insight.id == number).values(**values))


def meta(text: str, name: str) -> str | None:
    """Return what a meta element of the page's head says."""
    for element in html5lib.parse(text, namespaceHTMLElements=False).iter("meta"):
        if name in (element.get("property"), element.get("name")):
            return element.get("content")
    return None


def canonical(text: str) -> str | None:
    found = html5lib.parse(text, namespaceHTMLElements=False).iter("link")
    return next(link.get("href") for link in found if link.get("rel") == "canonical")


def links(text: str) -> list[str]:
    page = html5lib.parse(text, namespaceHTMLElements=False)
    return [element.get("href", "") for element in page.iter("a")]


def test_it_says_what_was_said_and_where(visit):
    page = visit.client.get("/i/1").text
    shown = " ".join("".join(html5lib.parse(page).itertext()).split())
    for said in ("The Copper Hour", "Queues", "Ines Marlow", "at 23:41", "21 November 2026"):
        assert said in shown
    assert "https://copper.example/12?t=1421" in links(page)
    assert "/t/ai" in links(page)
    assert "View original" in shown
    assert "Get your free personal podcast brief" in shown


def test_the_number_finds_it_and_a_wrong_name_is_put_right(visit):
    for name in ("3", "3-", "3-wrong", "3-Bees-Count", "3-bees-count-to-four-and-then-guess-"):
        answer = visit.client.get(f"/i/{name}", follow_redirects=False)
        assert answer.status_code == 301, name
        assert answer.headers["location"] == f"{ADDRESS}/i/3-bees-count-to-four-and-then-guess"
    assert visit.client.get("/i/3-bees-count-to-four-and-then-guess").status_code == 200


@pytest.mark.parametrize(
    "name",
    ["0", "-1", "x", "999", "9" * 30, "%2e%2e", "//evil.example", "\\evil", "1%0d%0aX:1"],
)
def test_what_is_no_name_of_ours_leads_nowhere_else(one_visit, name):
    answer = one_visit.client.get(f"/i/{name}", follow_redirects=False)
    assert answer.status_code in (301, 404)
    if answer.status_code == 301:
        assert answer.headers["location"].startswith(f"{ADDRESS}/i/1-")
    assert "x" not in answer.headers or "1" not in answer.headers["x"]


def test_the_first_telling_stands_for_the_story(visit):
    change(visit, 3, story_id=1)
    page = visit.client.get("/i/3").text
    assert canonical(page) == ADDRESS + visit.client.get("/i/1").url.path
    assert "Also said on" in page
    change(visit, 1, hidden=True)
    page = visit.client.get("/i/3").text
    assert canonical(page) == ADDRESS + visit.client.get("/i/3").url.path
    assert "Also said on" not in page


def test_a_weak_insight_is_shown_to_whoever_has_its_link_and_listed_nowhere(visit):
    path = visit.client.get("/i/4").url.path
    change(visit, 4, quality=0.39)
    page = visit.client.get(path)
    assert page.headers["x-robots-tag"] == "noindex"
    assert meta(page.text, "robots") == "noindex"
    for place in ("/", "/l/daily", "/t/bees", "/p/1", "/t/bees/feed.rss", "/l/daily/feed.atom"):
        assert path not in visit.client.get(place).text, place
    assert path not in visit.client.get("/sitemaps/insights-1.xml").text
    assert path not in visit.client.get("/search?q=museum paintings").text


def test_what_comes_out_tomorrow_is_in_no_list_today(visit, clock):
    with visit.database.transaction() as session:
        soon = make_insight(session, headline="Embargoed finding", age_hours=-2)
    assert "Embargoed" not in visit.client.get("/").text
    assert f"/i/{soon.id}-" not in visit.client.get("/sitemaps/insights-1.xml").text


def test_machines_read_where_it_was_said(visit):
    page = html5lib.parse(visit.client.get("/i/1").text, namespaceHTMLElements=False)
    (script,) = (one for one in page.iter("script") if not one.get("src"))
    data = json.loads(script.text or "")
    assert data["@type"] == "Article"
    episode = data["isBasedOn"]
    assert episode["@type"] == "PodcastEpisode"
    assert episode["partOfSeries"]["name"] == "The Copper Hour"
    assert episode["hasPart"] == {
        "@type": "Clip",
        "startOffset": 1421,
        "url": "https://copper.example/12?t=1421",
    }


def test_a_preview_has_a_picture_that_says_what_the_page_says(visit):
    page = visit.client.get("/i/1").text
    assert meta(page, "og:type") == "article"
    assert meta(page, "twitter:card") == "summary_large_image"
    assert len(meta(page, "description") or "") <= 155
    picture = visit.client.get((meta(page, "og:image") or "").removeprefix(ADDRESS))
    assert picture.headers["content-type"] == "image/png"
    assert picture.content.startswith(b"\x89PNG")
    assert "max-age=31536000" in picture.headers["cache-control"]
    assert picture.headers["cross-origin-resource-policy"] == "cross-origin"
    change(visit, 1, headline="Another headline")
    old = visit.client.get(picture.url.path, follow_redirects=False)
    assert old.status_code == 301
    assert meta(visit.client.get("/i/1").text, "og:image") == old.headers["location"]
    change(visit, 1, hidden=True)
    assert visit.client.get(old.headers["location"].removeprefix(ADDRESS)).status_code == 410


@pytest.mark.parametrize("name", ["i/x.png", "i/999-a.png", "l/no.png", "q/1.png", "l/daily"])
def test_there_are_no_other_pictures(one_visit, name):
    answer = one_visit.client.get(f"/cards/{name}")
    assert answer.status_code in (200, 404)
    assert answer.status_code == 404 or name.startswith("l/daily")


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "data:text/html,x", "//evil.example", 'https://x.example/"><b>']
)
def test_an_address_that_is_not_of_the_web_is_never_linked(one_visit, url):
    change(one_visit, 1, url=url)
    with one_visit.database.transaction() as session:
        session.execute(update(Episode).values(url=url))
        session.execute(update(Podcast).values(url=url))
    for place in ("/i/1", "/", "/l/daily", "/t/ai", "/p/1", "/t/ai/feed.rss", "/t/ai/feed.atom"):
        text = one_visit.client.get(place).text
        assert url not in [link for link in links(text) if not link.startswith("/")], place
        assert not re.search(r"(?i)(href|src)=.?(javascript|data):", text), place
        assert "evil.example" not in text, place


@pytest.mark.parametrize("spite", SPITE)
def test_spite_in_every_field_stays_text(one_visit, spite):
    change(one_visit, 1, headline=spite, text=spite, speaker=spite)
    with one_visit.database.transaction() as session:
        session.execute(update(Episode).values(title=spite))
        session.execute(update(Podcast).values(name=spite))
        session.execute(
            update(NewsletterList).values(
                third_party_notice=spite, description=spite, from_name=spite[:100]
            )
        )
    for place in ("/i/1", "/", "/l/daily", "/t/ai", "/p/1", "/podcasts"):
        answer = one_visit.client.get(place)
        assert answer.status_code == 200
        assert "set-cookie" not in answer.headers
        page = html5lib.parse(answer.text, namespaceHTMLElements=False)
        for element in page.iter():
            assert element.tag not in ("svg", "img", "iframe"), place
            assert not any(name.startswith("on") for name in element.attrib), place
            if element.tag == "script" and element.get("src") != "/static/copy.js":
                assert element.get("type") == "application/ld+json"
                json.loads(element.text or "")


def test_the_list_that_suits_it_is_offered(visit):
    with visit.database.transaction() as session:
        on_bees = make_list(session, slug="on-bees", third_party_notice="Theirs, not ours.")
        session.execute(
            insert(ListTopic).values(list_id=on_bees.id, topic_id=visit.readership.topic_ids[1])
        )
    about_bees = visit.client.get("/i/2").text
    assert 'action="/l/on-bees/sign-up"' in about_bees
    assert '<input type="hidden" name="topic" value="bees">' in about_bees
    assert about_bees.count('name="website"') == 1
    assert "Theirs, not ours." in about_bees
    assert 'action="/l/daily/sign-up"' in visit.client.get("/i/1").text


def test_an_insight_of_nowhere_in_particular_has_a_page_too(visit):
    with visit.database.transaction() as session:
        bare = make_insight(session, podcast=make_podcast(session), headline=None, speaker=None)
        session.execute(
            update(Insight)
            .where(Insight.id == bare.id)
            .values(podcast_id=None, episode_id=None, text="All that is known of it.")
        )
    page = visit.client.get(f"/i/{bare.id}")
    assert page.status_code == 200
    assert "<h1>All that is known of it.</h1>" in page.text
    assert "View original" not in page.text


def test_under_a_path_every_link_keeps_it(database, database_url, clock, tmp_path):
    url = "https://example.org/brief"
    with open_site(database, database_url, clock, tmp_path / "h", public_url=url) as visit:
        answer = visit.client.get("/i/3", follow_redirects=False)
        assert answer.headers["location"] == f"{url}/i/3-bees-count-to-four-and-then-guess"
        page = visit.client.get("/i/3-bees-count-to-four-and-then-guess")
        assert page.status_code == 200
        assert canonical(page.text) == answer.headers["location"]
        own = [link for link in links(page.text) if link.startswith("/")]
        assert own
        assert all(link.startswith("/brief/") for link in own)
        assert "Disallow: /brief/admin" in visit.client.get("/robots.txt").text
