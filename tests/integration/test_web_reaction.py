"""The pages behind the words under each finding."""

import pytest
from sqlalchemy import select

from service.audience.models import Interest
from service.feedback.models import Reaction
from tests.factories.web_visit import Visit, dump, open_site


@pytest.fixture
def visit(database, database_url, clock, tmp_path):
    with open_site(database, database_url, clock, tmp_path / "home") as visit:
        yield visit


def deeds(visit: Visit) -> list[str]:
    with visit.database.reading() as session:
        return sorted(session.scalars(select(Reaction.deed)))


@pytest.mark.parametrize("deed", ["up", "down", "more", "save"])
def test_each_deed_has_a_page_with_the_finding_and_one_button(visit, deed):
    page = visit.client.get(visit.deed_path(deed)).text
    assert "Small models learn from their own drafts" in page
    assert "The Copper Hour" in page
    assert page.count("<button") == 1
    assert deeds(visit) == []


def test_the_button_does_the_deed_and_the_page_says_what_follows(visit):
    page = visit.client.post(visit.deed_path("more"))
    assert page.status_code == 200
    assert "Noted: more like this." in page.text
    assert "AI infrastructure" in page.text
    assert deeds(visit) == ["more"]
    with visit.database.reading() as session:
        assert session.scalar(select(Interest.weight)) == 1.5


def test_the_deed_done_twice_is_done_once(visit):
    visit.client.post(visit.deed_path("up"))
    once = dump(visit.database)
    assert visit.client.post(visit.deed_path("up")).status_code == 200
    assert dump(visit.database) == once


def test_the_other_thumb_takes_the_place_of_the_first(visit):
    visit.client.post(visit.deed_path("up"))
    visit.client.post(visit.deed_path("down"))
    assert deeds(visit) == ["down"]


def test_a_deed_can_be_taken_back(visit):
    before = dump(visit.database) | {"reader_activity": []}
    visit.client.post(visit.deed_path("save"))
    page = visit.client.get(visit.deed_path("save")).text
    assert "Take it back" in page
    visit.client.post(visit.deed_path("save"), data={"undo": "yes"})
    # that they acted is known, though not how
    assert dump(visit.database) | {"reader_activity": []} == before


@pytest.mark.parametrize("ending", ["/999/up", "/1e3/up", "/-1/up", "/٣/up", f"/{10**40}/up"])
def test_what_is_not_a_pick_of_the_brief_is_not_found(visit, ending):
    for answer in (
        visit.client.get(visit.brief_path + ending),
        visit.client.post(visit.brief_path + ending),
    ):
        assert answer.status_code == 404
        assert "There is nothing at this address." in answer.text
    assert deeds(visit) == []


def test_an_unknown_deed_is_not_found(visit):
    assert visit.client.get(visit.deed_path("applaud")).status_code == 404
    assert visit.client.post(visit.deed_path("__class__")).status_code == 404
