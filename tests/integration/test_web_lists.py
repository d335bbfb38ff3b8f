"""Homes of lists, topics, podcasts, the archive, search, feeds and sitemaps."""

import datetime as dt
from threading import BoundedSemaphore

import pytest
from sqlalchemy import delete, insert, select, update

from service.audience.models import ListTopic, NewsletterList
from service.editions.models import Brief, Edition, EditionPick
from service.editions.popular import FEWEST_READERS, sum_up_closed
from service.insights.models import Insight, InsightTopic, Topic
from service.insights.take_back import show_again, take_back
from service.web.public.paging import SIZE
from tests.factories.store import make_insight, make_podcast
from tests.factories.web_visit import ADDRESS, Visit, open_site
from tests.factories.xml_reading import read_xml, texts

READERS = FEWEST_READERS + 1


@pytest.fixture
def visit(database, database_url, clock, tmp_path):
    states = ("accepted",) * READERS + ("failed", "skipped")
    with open_site(database, database_url, clock, tmp_path / "home", states=states) as visit:
        yield visit


def write_many(visit: Visit, count: int) -> None:
    with visit.database.transaction() as session:
        podcast = make_podcast(session)
        topic = session.scalars(select(Topic).where(Topic.slug == "bees")).one()
        for number in range(count):
            make_insight(session, topics=(topic,), podcast=podcast, age_hours=30 + number)


def close(visit: Visit, clock) -> int:
    with visit.database.transaction() as session:
        session.execute(update(Edition).values(state="closed", closed_at=clock.now()))
        return sum_up_closed(session, now=clock.now())


def test_a_list_shows_what_it_is_and_what_it_would_send_a_stranger_today(visit):
    page = visit.client.get("/l/daily").text
    assert "Morning Five" in page
    assert "Technology, science and the odd thing about bees." in page
    assert 'action="/l/daily/sign-up"' in page
    assert page.count("<li>") >= 1
    assert "/i/" in page
    assert 'type="application/atom+xml"' in page


def test_the_sample_is_nobodys_brief(visit):
    before = visit.client.get("/l/daily").text
    with visit.database.transaction() as session:
        session.execute(delete(Brief))
    assert visit.client.get("/l/daily").text == before


def test_a_list_on_some_topics_samples_and_feeds_only_those(visit):
    with visit.database.transaction() as session:
        session.execute(
            insert(ListTopic).values(
                list_id=visit.readership.list_id, topic_id=visit.readership.topic_ids[1]
            )
        )
        on_bees = set(
            session.scalars(
                select(InsightTopic.insight_id).where(
                    InsightTopic.topic_id == visit.readership.topic_ids[1]
                )
            )
        )
    page, feed = visit.client.get("/l/daily").text, visit.client.get("/l/daily/feed.rss").text
    for insight_id in visit.readership.insight_ids:
        assert (f"/i/{insight_id}-" in feed) == (insight_id in on_bees)
        assert f"/i/{insight_id}-" not in page or insight_id in on_bees


def test_a_topic_is_turned_page_by_page_and_ends(visit):
    write_many(visit, 2 * SIZE)
    first, second, third = (visit.client.get(f"/t/bees?page={n}").text for n in (1, 2, 3))
    assert 'href="?page=2" rel="next"' in first
    assert 'href="?" rel="prev"' in second
    assert 'rel="next"' not in third
    assert f'<link rel="canonical" href="{ADDRESS}/t/bees?page=2">' in second
    for number in ("4", "0", "-1", "x", "9" * 40, "1.5", "%00"):
        assert visit.client.get(f"/t/bees?page={number}").status_code == 404, number


def test_a_story_is_listed_once_on_a_topic_and_with_each_podcast_that_told_it(visit):
    with visit.database.transaction() as session:
        topic = session.scalars(select(Topic).where(Topic.slug == "bees")).one()
        other = make_podcast(session)
        retold = make_insight(session, topics=(topic,), podcast=other, story_id=2)
    assert f"/i/{retold.id}-" not in visit.client.get("/t/bees").text
    assert f"/i/{retold.id}-" in visit.client.get(f"/p/{other.id}").text
    assert f"/i/{retold.id}-" not in visit.client.get("/sitemaps/insights-1.xml").text


def test_topics_and_podcasts_are_counted(visit):
    page = visit.client.get("/topics").text
    assert '<a href="/t/ai">AI infrastructure</a> <span class="meta">3</span>' in page
    assert (
        '<a href="/p/1-the-copper-hour">The Copper Hour</a>' in visit.client.get("/podcasts").text
    )
    moved = visit.client.get("/p/1-other", follow_redirects=False)
    assert moved.headers["location"] == f"{ADDRESS}/p/1-the-copper-hour"
    for path in ("/t/nothing", "/p/77-x", "/p/x", "/l/nothing", "/l/nothing/feed.rss"):
        assert visit.client.get(path).status_code == 404


def test_the_archive_shows_what_most_readers_got_once_the_day_is_over(visit, clock):
    date = visit.readership.local_date
    assert "There is none yet" in visit.client.get("/l/daily/archive").text
    assert visit.client.get(f"/l/daily/archive/{date}").status_code == 404
    assert close(visit, clock) == 1
    assert f"/l/daily/archive/{date}" in visit.client.get("/l/daily/archive").text
    page = visit.client.get(f"/l/daily/archive/{date}").text
    for insight_id in visit.readership.insight_ids:
        assert f"/i/{insight_id}-" in page
    assert close(visit, clock) == 0
    for wrong in ("2026-11-21", "20261122", "2026-W47-7", "x", "2026-13-01"):
        assert visit.client.get(f"/l/daily/archive/{wrong}").status_code == 404


def test_what_few_readers_got_is_in_no_archive(visit, clock):
    rare = visit.readership.insight_ids[0]
    with visit.database.transaction() as session:
        for brief in session.scalars(select(Brief).where(Brief.id > 2)):
            brief.picks = [pick for pick in brief.picks if pick[0] != rare]
    close(visit, clock)
    with visit.database.reading() as session:
        shown = set(session.scalars(select(EditionPick.insight_id)))
    assert shown == set(visit.readership.insight_ids[1:])


def test_an_insight_taken_back_leaves_the_archive_too(visit, clock):
    close(visit, clock)
    with visit.database.transaction() as session:
        assert take_back(session, insight_id=1, now=clock.now())
        assert not take_back(session, insight_id=1, now=clock.now())
    date = visit.readership.local_date
    assert "/i/1-" not in visit.client.get(f"/l/daily/archive/{date}").text
    assert str(date) in visit.client.get("/l/daily/archive").text
    with visit.database.transaction() as session:
        assert show_again(session, insight_id=1, now=clock.now())
    assert "/i/1-" in visit.client.get(f"/l/daily/archive/{date}").text


def test_search_finds_by_what_is_said(visit):
    page = visit.client.get("/search", params={"q": "transformers copper winding"})
    assert "/i/2-the-grid-now-waits" in page.text
    assert page.headers["x-robots-tag"] == "noindex, nofollow"
    assert 'value="transformers copper winding"' in page.text
    nothing = visit.client.get("/search", params={"q": "zzzqqq xxyyzz"})
    assert "Nothing was found" in nothing.text
    for spite in ("", " ", "%", "' OR 1=1 --", '"', "\x00", "a" * 5_000, "NEAR(a", "*", "\ud7ff"):
        assert visit.client.get("/search", params={"q": spite}).status_code == 200, spite


def test_a_flood_of_searches_leaves_the_other_pages_their_room(visit, monkeypatch):
    monkeypatch.setattr("service.web.public.search._WAIT_SECONDS", 0.01)
    one_at_once = BoundedSemaphore(1)
    monkeypatch.setattr("service.web.public.search._AT_ONCE", one_at_once)
    assert visit.client.get("/search?q=bees").status_code == 200
    with one_at_once:
        assert visit.client.get("/search?q=bees").status_code == 503
        assert visit.client.get("/topics").status_code == 200
    assert visit.client.get("/search?q=bees").status_code == 200


@pytest.mark.parametrize("path", ["/l/daily/feed", "/t/ai/feed"])
def test_feeds_are_whole_and_lead_back(visit, path):
    with visit.database.transaction() as session:
        session.execute(update(Insight).values(text="Said & <b>done</b>\x01\ufffe \U0001f41d"))
    rss, atom = (read_xml(visit.client.get(f"{path}.{kind}").text) for kind in ("rss", "atom"))
    assert rss.tag == "rss"
    assert atom.tag == "feed"
    for root, entry in ((rss, "item"), (atom, "entry")):
        entries = list(root.iter(entry))
        assert len(entries) >= 2
        assert len({next(texts(one, "id" if entry == "entry" else "guid")) for one in entries}) > 1
    assert any("Said &amp; &lt;b&gt;done&lt;/b&gt;" in text for text in texts(rss, "description"))
    assert visit.client.get(f"{path}.exe").status_code == 404
    answer = visit.client.get(f"{path}.atom")
    assert answer.headers["content-type"].startswith("application/atom+xml")


def test_sitemaps_name_what_is_to_be_found_and_nothing_else(visit, clock):
    close(visit, clock)
    index = list(texts(read_xml(visit.client.get("/sitemap.xml").text), "loc"))
    assert index == [f"{ADDRESS}/sitemaps/pages.xml", f"{ADDRESS}/sitemaps/insights-1.xml"]
    with visit.database.transaction() as session:
        take_back(session, insight_id=1, now=clock.now())
        session.execute(
            update(Insight).where(Insight.id == 2).values(changed_at=clock.now(), text="New.")
        )
    insights = read_xml(visit.client.get("/sitemaps/insights-1.xml").text)
    assert len(list(texts(insights, "loc"))) == len(visit.readership.insight_ids) - 1
    assert dt.datetime.fromisoformat(next(texts(insights, "lastmod"))) == clock.now()
    pages = [loc.removeprefix(ADDRESS) for loc in texts(read_xml(page_map(visit)), "loc")]
    assert {"/", "/topics", "/l/daily", "/t/bees", "/p/1-the-copper-hour"} <= set(pages)
    for path in pages:
        assert visit.client.get(path).status_code == 200, path
    for name in ("insights-2", "insights-0", "insights-x", "other", "insights-" + "9" * 20):
        assert visit.client.get(f"/sitemaps/{name}.xml").status_code == 404, name


def page_map(visit: Visit) -> str:
    return visit.client.get("/sitemaps/pages.xml").text


def test_robots_keep_out_of_what_belongs_to_one_person(visit):
    lines = visit.client.get("/robots.txt").text.splitlines()
    for path in ("/admin", "/b/", "/u/", "/search"):
        assert f"Disallow: {path}" in lines
    assert f"Sitemap: {ADDRESS}/sitemap.xml" in lines


def test_an_installation_without_lists_or_insights_has_pages_all_the_same(visit):
    with visit.database.transaction() as session:
        session.execute(update(NewsletterList).values(is_public=False))
        session.execute(update(Insight).values(hidden=True))
    for path in ("/", "/topics", "/podcasts", "/search", "/search?q=bees", "/sitemap.xml"):
        answer = visit.client.get(path)
        assert answer.status_code == 200, path
        assert "sign-up" not in answer.text
    assert visit.client.get("/topics").headers["x-robots-tag"] == "noindex"


def test_the_command_says_whose_content_it_is_and_hides_a_list(visit, podbrief):
    podbrief("lists", "set", "daily", "--third-party-notice", "Theirs & <b>not</b> ours.")
    assert "Theirs &amp; &lt;b&gt;not&lt;/b&gt; ours." in visit.client.get("/l/daily").text
    podbrief("lists", "set", "daily", "--private")
    assert visit.client.get("/l/daily").status_code == 404
    podbrief("lists", "set", "daily", "--public", "--third-party-notice", "")
    assert "told in our own words" in visit.client.get("/l/daily").text


def test_the_command_takes_an_insight_back(visit, podbrief):
    assert "is now hidden" in podbrief("insights", "hide", "1").out
    assert visit.client.get("/i/1").status_code == 410
    assert "is already hidden" in podbrief("insights", "hide", "1").out
    assert "is now shown" in podbrief("insights", "show", "1").out
    assert visit.client.get("/i/1").status_code == 200
    assert podbrief("insights", "hide", "777").code != 0
