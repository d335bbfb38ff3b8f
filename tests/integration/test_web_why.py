"""Staff see why a brief holds what it holds; nobody else does."""

import json

import pytest
from sqlalchemy import delete, select

from service.editions.models import Brief
from service.editions.plan import plan_due
from tests.factories.store import NOW, make_insight, make_list, make_subscription
from tests.factories.web_visit import Visit, open_site


@pytest.fixture
def visit(database, database_url, clock, tmp_path):
    with open_site(database, database_url, clock, tmp_path / "home") as visit:
        with database.transaction() as session:
            session.execute(delete(Brief))
            newsletter = make_list(session, name="<b>Chosen</b>")
            for number in range(8):
                make_insight(session, speaker=f"S{number}", headline=f"<i>Finding</i> {number}")
            make_subscription(session, newsletter)
        plan_due(database, now=NOW)
        yield visit


def brief_of_the_new_list(visit: Visit) -> Brief:
    with visit.database.reading() as session:
        return session.scalars(select(Brief).order_by(Brief.list_id.desc())).all()[0]


def test_a_brief_is_explained_on_a_page_and_as_json(visit):
    brief = brief_of_the_new_list(visit)
    path = f"/admin/briefs/{brief.local_date}/{brief.id}/why"
    visit.sign_in()

    page = visit.client.get(path)
    answer = visit.client.get(path + ".json")
    led = visit.client.get(f"/admin/people/{brief.subscriber_id}/why")

    assert page.status_code == 200
    assert "Five findings" in page.text
    assert "13 candidates, part by part" in page.text
    assert "the same." in page.text
    assert "<i>Finding" not in page.text
    assert led.text == page.text
    told = json.loads(answer.text)
    assert told["choice"]["replay"]["same"] is True
    assert [pick["insight_id"] for pick in told["picks"]] == [pick[0] for pick in brief.picks]
    assert answer.headers["cache-control"] == "no-store"


def test_without_signing_in_nothing_is_told(visit):
    brief = brief_of_the_new_list(visit)
    for path in (
        f"/admin/briefs/{brief.local_date}/{brief.id}/why",
        f"/admin/briefs/{brief.local_date}/{brief.id}/why.json",
        f"/admin/people/{brief.subscriber_id}/why",
    ):
        answer = visit.client.get(path)
        assert answer.status_code == 401
        assert "Finding" not in answer.text


@pytest.mark.parametrize(
    "path",
    [
        "/admin/briefs/2026-11-22/999999/why",
        "/admin/briefs/2026-11-21/{}/why.json",
        "/admin/briefs/yesterday/{}/why",
        "/admin/briefs/2026-11-22/-1/why",
        "/admin/briefs/2026-11-22/99999999999999999999/why",
        "/admin/briefs/2026-11-22/1'%20OR%20'1/why.json",
        "/admin/people/999999/why",
        "/admin/people/x/why",
    ],
)
def test_what_is_not_there_is_a_friendly_page(visit, path):
    visit.sign_in()
    answer = visit.client.get(path.format(brief_of_the_new_list(visit).id))
    assert answer.status_code == 404
