"""The admin pages: who may see them, what their first line says, what their buttons do."""

import datetime as dt
import re

import pytest
from sqlalchemy import select

from service.accounts.models import StaffSession
from service.audience.models import Subscriber
from service.editions.models import Brief, Edition
from tests.factories.web_visit import ADDRESS, Visit, dump, open_site

STATES = ("accepted",) * 7 + ("planned", "in_doubt", "failed", "skipped")
PAGES = ("/admin", "/admin/editions", "/admin/lists", "/admin/people")


@pytest.fixture
def visit(database, database_url, clock, tmp_path):
    with open_site(database, database_url, clock, tmp_path / "home", states=STATES) as visit:
        yield visit


def edition_path(visit: Visit, deed: str = "") -> str:
    return f"/admin/editions/{visit.readership.edition_id}{deed}"


def state_of_edition(visit: Visit) -> str:
    with visit.database.reading() as session:
        return session.get_one(Edition, visit.readership.edition_id).state


def test_without_signing_in_there_is_nothing_to_see_or_do(visit):
    before = dump(visit.database)
    for path in (*PAGES, edition_path(visit), edition_path(visit, "/cancel")):
        answer = visit.client.get(path)
        assert answer.status_code == 401, path
        assert "podbrief staff link" in answer.text
        assert "Morning Five" not in answer.text
    for deed in ("/pause", "/resume", "/cancel"):
        assert visit.post(edition_path(visit, deed)).status_code == 401
    assert visit.post("/admin/signout").status_code == 401
    assert dump(visit.database) == before


def test_the_first_line_answers_how_today_stands(visit):
    visit.sign_in()
    page = visit.client.get("/admin").text
    assert "<h1>7 of 10 accepted, 1 open, 1 in doubt, 1 failed.</h1>" in page
    assert "No worker is running" in page
    assert "Morning Five" in page
    assert "1 quiet day" in page


def test_an_edition_shows_its_equation(visit):
    visit.sign_in()
    page = visit.client.get(edition_path(visit)).text
    words = " ".join(page.replace("<strong>", "").replace("</strong>", "").split())
    assert "11 due = 10 planned + 1 skipped (1 quiet day)" in words
    assert "10 planned = 7 accepted + 1 failed + 2 open" in words
    assert "It holds" in page


def test_an_equation_that_does_not_hold_is_the_first_thing_said(visit):
    with visit.database.transaction() as session:
        lost = session.scalars(select(Brief).where(Brief.state == "failed")).one()
        session.delete(lost)
    visit.sign_in()
    page = visit.client.get("/admin").text
    assert "The equation does not hold for Morning Five" in page
    assert "broken" in page


def test_lists_and_editions_are_counted(visit):
    visit.sign_in()
    assert "One list with 11 active subscriptions." in visit.client.get("/admin/lists").text
    assert "One edition, one not over yet." in visit.client.get("/admin/editions").text


def test_an_edition_is_paused_and_resumed_by_button(visit):
    visit.sign_in()
    fields = {"form_token": visit.form_token()}
    answer = visit.post(edition_path(visit, "/pause"), fields)
    assert answer.status_code == 200
    assert "Resume sending" in answer.text
    assert state_of_edition(visit) == "paused"
    assert visit.post(edition_path(visit, "/pause"), fields).status_code == 409
    visit.post(edition_path(visit, "/resume"), fields)
    assert state_of_edition(visit) == "open"


def test_cancelling_names_the_number_first_and_then_does_it(visit):
    visit.sign_in()
    page = visit.client.get(edition_path(visit, "/cancel")).text
    assert "Cancel the edition and 1 brief" in page
    assert state_of_edition(visit) == "open"
    answer = visit.post(edition_path(visit, "/cancel"), {"form_token": visit.form_token()})
    assert answer.status_code == 200
    assert state_of_edition(visit) == "cancelled"
    with visit.database.reading() as session:
        assert session.scalars(select(Brief).where(Brief.state == "planned")).all() == []


@pytest.mark.parametrize(
    ("origin", "token"),
    [
        ("https://evil.example", "right"),
        ("null", "right"),
        (None, "right"),
        (ADDRESS, "wrong"),
        (ADDRESS, ""),
        (ADDRESS, "é"),
    ],
)
def test_a_form_from_elsewhere_is_refused(visit, origin, token):
    visit.sign_in()
    fields = {"form_token": visit.form_token() if token == "right" else token}
    headers = {"Origin": origin} if origin else {}
    for deed in ("/pause", "/resume", "/cancel"):
        answer = visit.client.post(edition_path(visit, deed), data=fields, headers=headers)
        assert answer.status_code == 403
        assert "Nothing was done." in answer.text
    assert state_of_edition(visit) == "open"


def test_a_sign_in_link_pressed_from_another_site_is_refused_and_stays_good(visit):
    path = visit.sign_in_path()
    for headers in ({"Origin": "https://evil.example"}, {}):
        assert visit.client.post(path, headers=headers).status_code == 403
    assert visit.post(path).status_code == 200


def test_a_sign_in_link_works_once(visit):
    path = visit.sign_in_path()
    assert "Sign in as Ines Marlow?" in visit.client.get(path).text
    assert visit.post(path).status_code == 200
    for again in (visit.client.get(path), visit.post(path)):
        assert again.status_code == 410


def test_a_session_planted_before_signing_in_is_not_the_one_after(visit):
    visit.client.cookies.set("podbrief_session", "planted", domain="127.0.0.1")
    visit.sign_in()
    secrets = [c.value for c in visit.client.cookies.jar if c.name == "podbrief_session"]
    assert "planted" not in secrets[-1:]
    visit.client.cookies.clear()
    visit.client.cookies.set("podbrief_session", "planted", domain="127.0.0.1")
    assert visit.client.get("/admin").status_code == 401


def test_signing_in_anew_ends_the_session_before(visit):
    visit.sign_in()
    first = visit.client.cookies["podbrief_session"]
    visit.sign_in()
    assert visit.client.cookies["podbrief_session"] != first
    with visit.database.reading() as session:
        ended = session.scalars(select(StaffSession.ended_at)).all()
    assert sorted(moment is None for moment in ended) == [False, True]


def test_signing_out_revokes_the_cookie_wherever_it_was_copied(visit):
    visit.sign_in()
    copied = visit.client.cookies["podbrief_session"]
    answer = visit.post("/admin/signout", {"form_token": visit.form_token()})
    assert "You are signed out." in answer.text
    assert "podbrief_session" not in visit.client.cookies
    visit.client.cookies.set("podbrief_session", copied, domain="127.0.0.1")
    assert visit.client.get("/admin").status_code == 401


def test_a_session_lives_while_it_is_used_and_ends_when_it_is_not(visit):
    visit.sign_in()
    for _ in range(3):
        visit.clock.advance(dt.timedelta(minutes=25))
        assert visit.client.get("/admin").status_code == 200
    visit.clock.advance(dt.timedelta(minutes=31))
    assert visit.client.get("/admin").status_code == 401


def test_looking_again_within_a_minute_writes_nothing(visit):
    visit.sign_in()
    before = dump(visit.database)
    visit.clock.advance(dt.timedelta(seconds=30))
    for path in PAGES:
        visit.client.get(path)
    assert dump(visit.database) == before


@pytest.fixture
def crowd(visit):
    with visit.database.transaction() as session:
        session.add_all(
            Subscriber(
                email=f"crowd{number}@example.net",
                address_key=f"crowd{number}@example.net",
                name="100% Name_",
                created_at=visit.clock.now(),
            )
            for number in range(120)
        )
    visit.sign_in()
    return visit


def test_people_come_fifty_a_page_each_once(crowd):
    seen: list[str] = []
    query: dict[str, str] | None = {"search": "crowd"}
    while query:
        page = crowd.client.get("/admin/people", params=query).text
        rows = re.findall(r">(crowd\d+)@", page)
        seen += rows
        after = re.search(r'after=(\d+)" rel="next"', page)
        query = {"search": "crowd", "after": after[1]} if after else None
        assert len(rows) == (50 if query else 20)
    assert seen == [f"crowd{number}" for number in range(120)]


def test_people_are_found_by_part_of_address_or_name_whatever_the_case(crowd):
    def shown(search: str) -> int:
        page: str = crowd.client.get("/admin/people", params={"search": search}).text
        return page.count('<th scope="row"')

    assert shown("ADA@example") == 1
    assert shown("crowd119@") == 1
    assert shown("0% name_") == 50
    assert shown("%") == 50
    assert shown("__________") == 0
    assert shown("nobody at all") == 0


@pytest.mark.parametrize("after", ["-1", "x", "1" * 100, "٣", "", "0; DROP TABLE subscribers"])
def test_a_page_number_that_is_none_means_from_the_start(crowd, after):
    answer = crowd.client.get("/admin/people", params={"after": after})
    assert answer.status_code == 200


@pytest.mark.parametrize("number", ["0", "999999", str(2**70)])
def test_an_edition_that_is_not_there_is_not_found(visit, number):
    visit.sign_in()
    assert visit.client.get(f"/admin/editions/{number}").status_code == 404
