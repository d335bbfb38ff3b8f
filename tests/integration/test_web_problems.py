"""When something is wrong: a page that says what, and never more than it should."""

from typing import Any

import pytest

from service.db.database import Database
from service.errors import PodbriefError
from service.web.problems import problem_of
from tests.factories.web_visit import open_site


@pytest.fixture
def visit(database, database_url, clock, tmp_path):
    with open_site(database, database_url, clock, tmp_path / "home") as visit:
        yield visit


@pytest.fixture
def storeless(tmp_path, clock, sqlite_url):
    """A site whose store cannot be opened: a folder lies where the file was."""
    database = Database(sqlite_url)
    with open_site(database, sqlite_url, clock, tmp_path / "home") as visit:
        paths = [
            visit.brief_path,
            visit.deed_path("up"),
            visit.unsubscribe_path,
            visit.sign_in_path(),
        ]
        database.dispose()
        visit.app.state.site.database.dispose()
        for file in tmp_path.glob("podbrief.db*"):
            file.unlink()
        (tmp_path / "podbrief.db").mkdir()
        yield visit, ["/", "/help", *paths]


def test_without_a_store_every_page_is_one_sentence_and_a_retry(storeless):
    visit, paths = storeless
    for path in paths:
        answer = visit.client.get(path)
        assert answer.status_code == 503, path
        assert answer.headers["retry-after"] == "30"
        assert "Our store does not answer right now; please try again in a minute." in answer.text
        assert "sqlite" not in answer.text.lower()


def test_without_a_store_an_unsubscribe_is_asked_to_come_again_not_confirmed(storeless):
    visit, _ = storeless
    answer = visit.client.post(visit.unsubscribe_path, data={"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 503


def test_without_a_store_metrics_and_readiness_say_so_and_life_goes_on(storeless):
    visit, _ = storeless
    assert visit.client.get("/livez").status_code == 200
    assert visit.client.get("/metrics").status_code == 503
    ready = visit.client.get("/readyz")
    assert ready.status_code == 503
    assert ready.json()["checks"]["database"]["ok"] is False


def test_an_unknown_address_is_told_kindly(visit):
    answer = visit.client.get("/no/such/page")
    assert answer.status_code == 404
    assert "There is nothing at this address." in answer.text


def test_a_method_nobody_offers_is_refused_kindly(visit):
    answer = visit.client.request("DELETE", "/help")
    assert answer.status_code == 405
    assert "<h1>" in answer.text


def test_a_page_that_breaks_tells_nothing_of_its_inside(visit, monkeypatch):
    def broken(*_: Any, **__: Any) -> str:
        raise RuntimeError("secret inside")

    monkeypatch.setattr("service.web.viewer.brief_html", broken)
    answer = visit.client.get(visit.brief_path)
    assert answer.status_code == 500
    assert "Something broke on our side." in answer.text
    assert "secret inside" not in answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_every_error_we_raise_has_a_status_of_its_own_kind():
    kinds = [PodbriefError]
    for kind in kinds:
        kinds.extend(kind.__subclasses__())
    statuses = {}
    for kind in kinds:
        error = kind.__new__(kind)
        statuses[kind.__name__] = problem_of(error).status
    assert statuses["TokenError"] == 404
    assert statuses["ExpiredTokenError"] == 410
    assert statuses["ConflictError"] == 409
    assert statuses["InputError"] == 400
    assert statuses["UnavailableError"] == 503
    assert statuses["ConfigurationError"] == 500
