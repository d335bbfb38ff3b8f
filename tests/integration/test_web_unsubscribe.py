"""Leaving a list by button and by RFC 8058."""

import datetime as dt

import pytest
from sqlalchemy import select

from service.audience.models import Consent, Subscription
from tests.factories.web_visit import Visit, dump, open_site

ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture
def visit(database, database_url, clock, tmp_path):
    with open_site(database, database_url, clock, tmp_path / "home") as visit:
        yield visit


def status(visit: Visit) -> str:
    with visit.database.reading() as session:
        return session.get_one(Subscription, visit.readership.subscription_id).status


def sources(visit: Visit) -> list[str]:
    with visit.database.reading() as session:
        return list(session.scalars(select(Consent.source).order_by(Consent.id)))


def test_the_page_names_the_list_and_half_the_address(visit):
    page = visit.client.get(visit.unsubscribe_path).text
    assert "Leave Morning Five?" in page
    assert "a…@example.org" in page
    assert "ada@example.org" not in page
    assert page.count('class="button"') == 1


def test_the_button_ends_the_subscription(visit):
    answer = visit.client.post(visit.unsubscribe_path)
    assert answer.status_code == 200
    assert "You have left Morning Five." in answer.text
    assert (status(visit), sources(visit)) == ("unsubscribed", ["unsubscribe_page"])
    assert "You have left" in visit.client.get(visit.unsubscribe_path).text


@pytest.mark.parametrize(
    "form", [{"data": ONE_CLICK}, {"files": {"List-Unsubscribe": (None, "One-Click")}}]
)
def test_one_click_answers_200_without_redirect_or_cookie_once_and_twice(visit, form):
    first = visit.client.post(visit.unsubscribe_path, follow_redirects=False, **form)
    after_first = dump(visit.database)
    second = visit.client.post(visit.unsubscribe_path, follow_redirects=False, **form)
    for answer in (first, second):
        assert answer.status_code == 200
        assert "set-cookie" not in answer.headers
        assert "<form" not in answer.text
    assert (status(visit), sources(visit)) == ("unsubscribed", ["one_click"])
    assert dump(visit.database) == after_first


def test_one_click_is_honoured_whatever_site_and_cookies_it_comes_with(visit):
    answer = visit.client.post(
        visit.unsubscribe_path,
        data=ONE_CLICK,
        headers={"Origin": "https://mail.example.com", "Cookie": "podbrief_session=x"},
    )
    assert answer.status_code == 200
    assert status(visit) == "unsubscribed"


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/x-www-form-urlencoded", b"%%%\xff=&&&"),
        ("multipart/form-data; boundary=x", b"--y\r\nbroken"),
        ("multipart/form-data", b"no boundary"),
        ("application/json", b"{"),
        ("", b""),
    ],
)
def test_a_broken_body_still_counts_as_a_wish_to_leave(visit, kind, body):
    answer = visit.client.post(visit.unsubscribe_path, content=body, headers={"Content-Type": kind})
    assert answer.status_code == 200
    assert status(visit) == "unsubscribed"


def test_a_slip_can_be_taken_back_from_the_page_that_follows(visit):
    page = visit.client.post(visit.unsubscribe_path)
    assert 'name="undo"' in page.text
    back = visit.client.post(visit.unsubscribe_path, data={"undo": "yes"})
    assert "as before" in back.text
    assert status(visit) == "active"


def test_looking_at_the_page_again_does_not_bring_anybody_back(visit):
    visit.client.post(visit.unsubscribe_path, data=ONE_CLICK)
    visit.client.get(f"{visit.unsubscribe_path}?undo=yes")
    assert status(visit) == "unsubscribed"


def test_after_a_day_the_page_says_whom_to_write_to(visit):
    visit.client.post(visit.unsubscribe_path)
    visit.clock.advance(dt.timedelta(hours=25))
    page = visit.client.get(visit.unsubscribe_path).text
    assert 'name="undo"' not in page
    assert "hello@example.org" in page
    late = visit.client.post(visit.unsubscribe_path, data={"undo": "yes"})
    assert late.status_code == 409
    assert status(visit) == "unsubscribed"


def test_a_subscription_that_was_erased_answers_calmly(visit):
    path = visit.unsubscribe_path
    with visit.database.transaction() as session:
        session.delete(session.get_one(Subscription, visit.readership.subscription_id))
    assert "You are not on this list." in visit.client.get(path).text
    assert visit.client.post(path, data=ONE_CLICK).status_code == 200
