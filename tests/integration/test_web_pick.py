"""Muting a podcast and passing an insight on, from the words under each finding."""

import datetime as dt

import pytest
from sqlalchemy import select

from service.audience.models import NewsletterList, PodcastStance
from service.insights.models import Insight
from tests.factories.web_visit import Visit, dump, open_site


@pytest.fixture
def visit(database, database_url, clock, tmp_path):
    with open_site(database, database_url, clock, tmp_path / "home") as visit:
        yield visit


def muted(visit: Visit) -> list[tuple[int, str]]:
    with visit.database.reading() as session:
        stances = session.scalars(select(PodcastStance)).all()
        return [(one.subscriber_id, one.stance) for one in stances]


def test_a_podcast_is_muted_with_one_press(visit):
    page = visit.client.get(visit.deed_path("mute")).text
    assert "Mute The Copper Hour?" in page
    assert muted(visit) == []
    page = visit.client.post(visit.deed_path("mute")).text
    assert "The Copper Hour is muted." in page
    assert muted(visit) == [(visit.readership.subscriber_id, "mute")]


def test_muting_twice_is_muting_once(visit):
    visit.client.post(visit.deed_path("mute"))
    once = dump(visit.database)
    visit.clock.advance(dt.timedelta(minutes=5))
    visit.client.post(visit.deed_path("mute", 1))
    assert dump(visit.database)["podcast_stances"] == once["podcast_stances"]


def test_a_mute_can_be_taken_back_and_leaves_no_trace(visit):
    before = dump(visit.database) | {"reader_activity": []}
    visit.client.post(visit.deed_path("mute"))
    page = visit.client.post(visit.deed_path("mute"), data={"undo": "yes"}).text
    assert "Mute The Copper Hour?" in page
    assert dump(visit.database) | {"reader_activity": []} == before


def test_an_insight_without_a_podcast_has_none_to_mute(visit):
    with visit.database.transaction() as session:
        session.get_one(Insight, visit.readership.insight_ids[0]).podcast_id = None
    assert visit.client.get(visit.deed_path("mute")).status_code == 404
    assert visit.client.post(visit.deed_path("mute")).status_code == 404


def test_an_insight_is_passed_on_by_its_public_address_and_nothing_of_the_reader(visit):
    page = visit.client.get(visit.deed_path("share")).text
    shown = page.split('id="address"')[1].split('value="')[1].split('"')[0]
    assert shown.endswith(f"/i/{visit.readership.insight_ids[0]}")
    assert "mailto:?subject=" in page
    for network in ("linkedin.com", "bsky.app", "wa.me", "reddit.com"):
        assert network in page
    token = visit.brief_path.split("/")[-1]
    outward = [part.split('"')[0] for part in page.split('href="https://')[1:]]
    assert outward
    assert not any(token in address for address in outward)
    assert "<script" not in page


def test_what_has_no_page_is_passed_on_by_its_source(visit):
    with visit.database.transaction() as session:
        session.get_one(NewsletterList, visit.readership.list_id).is_public = False
    page = visit.client.get(visit.deed_path("share")).text
    assert 'value="https://copper.example/12?t=1421"' in page
