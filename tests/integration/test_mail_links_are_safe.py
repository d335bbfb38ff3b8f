"""Every link of a mail, opened by a machine: nothing changes but what we know of the machine."""

import re

import html5lib
import pytest
from sqlalchemy import select

from service.audience.models import NewsletterList, Subscriber
from service.editions.models import Edition
from service.feedback.visit_models import Visit
from service.sending.prepare import RendererShelf
from service.sending.show import brief_content
from tests.factories.web_visit import ADDRESS, dump, open_site
from tests.factories.web_visit import Visit as SiteVisit

FIREFOX = {"User-Agent": "Mozilla/5.0 (X11; rv:146.0) Gecko/20100101 Firefox/146.0"}
XHTML = "{http://www.w3.org/1999/xhtml}"


@pytest.fixture
def visit(database, database_url, clock, tmp_path):
    with open_site(database, database_url, clock, tmp_path / "home") as visit:
        yield visit


def links_of(visit: SiteVisit, *, copies: bool = False) -> list[str]:
    """Return every address of ours in the reader's mail: both its forms, and its header."""
    shelf = RendererShelf(
        signer=visit.signer, public_url=ADDRESS, unsubscribe_mailto=None, are_copies=copies
    )
    people = visit.readership
    with visit.database.reading() as session:
        content = brief_content(
            session, shelf, brief_id=people.brief_id, local_date=people.local_date
        )
        parts = content.parts()
    found = {
        address
        for element in html5lib.parse(parts.html).iter()
        for name in ("href", "src")
        if (address := element.get(name))
    }
    found |= set(re.findall(r"https?://\S+", parts.text))
    found |= set(re.findall(r"<(https?://[^>]+)>", dict(parts.headers)["List-Unsubscribe"]))
    return sorted(link.removeprefix(ADDRESS) for link in found if link.startswith(ADDRESS))


@pytest.mark.parametrize("tracked", [False, True])
def test_a_machine_that_opens_them_all_changes_nothing(visit, tracked):
    with visit.database.transaction() as session:
        session.get_one(Subscriber, visit.readership.subscriber_id).may_track = tracked
    before = dump(visit.database)
    links = links_of(visit)
    assert len(links) > 35
    for method in ("GET", "HEAD"):
        for link in links:
            answer = visit.client.request(method, link, headers=FIREFOX, follow_redirects=False)
            assert answer.status_code in (200, 301, 302), (method, link)
            assert "set-cookie" not in answer.headers
    assert visit.app.state.site.visits.write(everything=True) > len(links)
    after = dump(visit.database)
    assert {name for name in after if after[name] != before[name]} == {"visits"}
    with visit.database.reading() as session:
        verdicts = set(session.scalars(select(Visit.verdict)))
    assert verdicts == {"suspected"}


def test_a_copy_that_is_passed_on_ends_nothing_and_opens_nothing(visit):
    page = visit.client.get(visit.brief_path)
    assert not re.search(r"/u/|/me/[A-Za-z0-9_-]{20}", page.text)
    assert "open.gif" not in page.text
    assert "/help#leave" in page.text
    assert "noindex" in page.headers["x-robots-tag"]
    for link in links_of(visit, copies=True):
        assert not link.startswith(("/u/", "/me/")) or "List" in link or link in links_of(visit)


def test_a_reader_who_wants_text_has_a_page_all_the_same(visit):
    with visit.database.transaction() as session:
        session.get_one(Subscriber, visit.readership.subscriber_id).wants_text_only = True
    assert "<html" in visit.client.get(visit.brief_path).text


def test_a_brief_is_shown_in_its_readers_language(visit):
    with visit.database.transaction() as session:
        session.get_one(Subscriber, visit.readership.subscriber_id).language = "de"
        session.get_one(NewsletterList, visit.readership.list_id).third_party_notice = "Fremdes."
        session.get_one(Edition, visit.readership.edition_id)
    page = visit.client.get(visit.brief_path).text
    assert "Nichts für mich" in page
    assert "Fremdes." in page
    assert 'lang="de"' in visit.client.get(visit.deed_path("up")).text
