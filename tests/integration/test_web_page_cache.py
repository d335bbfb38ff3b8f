"""Public pages come from memory until what they show changes; nothing personal ever does."""

import gzip

import pytest
from sqlalchemy import event, update

from service.audience.models import NewsletterList
from service.db.database import Database
from service.insights.models import Insight
from tests.factories.web_visit import Visit, open_site


@pytest.fixture
def visit(database, database_url, clock, tmp_path):
    with open_site(database, database_url, clock, tmp_path / "home") as visit:
        yield visit


class Counted:
    """Counts what the site asks its store."""

    def __init__(self, visit: Visit) -> None:
        self.statements: list[str] = []
        event.listen(visit.app.state.site.database.engine, "before_cursor_execute", self._count)

    def _count(self, _connection, _cursor, statement, *_rest) -> None:
        self.statements.append(statement)

    @property
    def of_pages(self) -> list[str]:
        about_change = ("content_changes", "BEGIN")
        return [one for one in self.statements if not any(word in one for word in about_change)]


def page_of(visit: Visit) -> str:
    answer = visit.client.get(f"/i/{visit.readership.insight_ids[0]}")
    assert answer.status_code == 200
    return answer.url.path


def test_a_page_asked_for_again_asks_the_store_only_whether_it_changed(visit):
    path = page_of(visit)
    asked = Counted(visit)
    first, second = visit.client.get(path), visit.client.get(path)
    assert first.text == second.text
    assert asked.of_pages == []
    assert first.headers == second.headers


def test_a_change_shows_on_the_next_page(visit):
    path = page_of(visit)
    with visit.database.transaction() as session:
        session.execute(update(Insight).values(text="It was put right."))
    assert "It was put right." in visit.client.get(path).text


def test_what_is_taken_back_is_gone_at_once_and_stays_gone(visit):
    path = page_of(visit)
    with visit.database.transaction() as session:
        session.execute(update(Insight).values(hidden=True))
    for _ in range(2):
        answer = visit.client.get(path)
        assert answer.status_code == 410
        assert answer.headers["cache-control"] == "no-store"
        assert "This was taken back." in answer.text


def test_who_has_the_page_is_told_so_in_few_bytes(visit):
    path = page_of(visit)
    first = visit.client.get(path)
    again = visit.client.get(path, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    assert again.headers["content-security-policy"] == first.headers["content-security-policy"]
    with visit.database.transaction() as session:
        session.execute(update(Insight).values(text="Now it says this."))
    changed = visit.client.get(path, headers={"If-None-Match": first.headers["etag"]})
    assert changed.status_code == 200


def test_every_public_answer_has_a_tag_and_a_time_to_live(visit):
    for path in 2 * ("/", "/topics", "/t/bees", "/l/daily", "/l/daily/feed.atom"):
        answer = visit.client.get(path)
        assert answer.headers["cache-control"].startswith("public, max-age=")
        assert answer.headers["etag"].startswith('W/"')
        assert "accept-language" in answer.headers["vary"].lower()
        head = visit.client.request("HEAD", path)
        assert head.content == b""
        assert head.headers["content-length"] == answer.headers["content-length"]


def test_who_takes_gzip_gets_less_to_carry(visit):
    path = page_of(visit)
    plain = visit.client.get(path, headers={"Accept-Encoding": "identity"})
    zipped = visit.client.get(path, headers={"Accept-Encoding": "gzip"})
    assert zipped.headers["content-encoding"] == "gzip"
    assert int(zipped.headers["content-length"]) < len(plain.content) / 2
    assert zipped.text == plain.text
    assert gzip.compress(b"") != zipped.content


def test_each_language_is_kept_apart(visit):
    german = visit.client.get("/topics", headers={"Accept-Language": "de"})
    english = visit.client.get("/topics", headers={"Accept-Language": "en"})
    assert '<html lang="de"' in german.text
    assert '<html lang="en"' in english.text
    assert '<html lang="de"' in visit.client.get("/topics?lang=de").text


def test_nobody_can_leave_an_address_of_theirs_in_a_kept_page(visit):
    path = page_of(visit)
    spite = {"Host": "evil.example", "X-Forwarded-Host": "evil.example", "Forwarded": "host=evil"}
    for one in (path, "/", "/sitemap.xml", "/robots.txt", "/l/daily/feed.rss"):
        assert "evil" not in visit.client.get(one, headers=spite).text
        assert "evil" not in visit.client.get(one).text


def test_pages_of_one_person_are_never_kept(visit):
    for path in (visit.brief_path, visit.deed_path("up"), visit.unsubscribe_path, "/search?q=bees"):
        visit.client.get(path)
        asked = Counted(visit)
        answer = visit.client.get(path)
        assert asked.of_pages != [], path
        assert answer.headers["cache-control"] == "no-store"
        assert "etag" not in answer.headers


def test_without_a_store_known_pages_stay(sqlite_url, clock, tmp_path):
    database = Database(sqlite_url)
    with open_site(database, sqlite_url, clock, tmp_path / "home") as visit:
        path = page_of(visit)
        text = visit.client.get(path).text
        database.dispose()
        visit.app.state.site.database.dispose()
        for file in tmp_path.glob("podbrief.db*"):
            file.unlink()
        (tmp_path / "podbrief.db").mkdir()
        assert visit.client.get(path).text == text
        assert visit.client.get("/topics").status_code == 503


def test_a_style_is_zipped_and_a_font_is_left_as_it_is(visit):
    style = visit.client.get("/static/podbrief.css", headers={"Accept-Encoding": "gzip"})
    assert style.headers["content-encoding"] == "gzip"
    head = visit.client.request("HEAD", "/static/podbrief.css")
    assert int(head.headers["content-length"]) > 1_000
    font = "/static/vendor/newsreader/newsreader-latin-wght-normal.woff2"
    assert "content-encoding" not in visit.client.get(font).headers


def test_a_list_that_is_no_longer_public_has_no_pages(visit):
    assert visit.client.get("/l/daily").status_code == 200
    with visit.database.transaction() as session:
        session.execute(update(NewsletterList).values(is_public=False))
    for path in ("/l/daily", "/l/daily/archive", "/l/daily/feed.rss"):
        assert visit.client.get(path).status_code == 404
    for path in ("/", "/topics", f"/i/{visit.readership.insight_ids[0]}"):
        answer = visit.client.get(path)
        assert answer.status_code == 200
        assert "/l/daily" not in answer.text
