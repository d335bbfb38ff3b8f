"""Who followed our signed links: kept in bulk, judged, counted, forgotten."""

import datetime as dt

import pytest
from sqlalchemy import select

from service.audience.lesson_models import Lesson
from service.audience.models import Subscriber
from service.errors import UnavailableError
from service.feedback.visit_models import Visit
from service.feedback.visits import prune_visits, visit_figures
from service.tokens import Purpose
from tests.factories import web_visit
from tests.factories.web_visit import dump, open_site

FIREFOX = {"User-Agent": "Mozilla/5.0 (X11; rv:146.0) Gecko/20100101 Firefox/146.0"}


@pytest.fixture
def visit(database, database_url, clock, tmp_path):
    with open_site(database, database_url, clock, tmp_path / "home") as visit:
        clock.advance(dt.timedelta(hours=2))
        yield visit


def kept(visit: web_visit.Visit) -> list[Visit]:
    visit.app.state.site.visits.write(everything=True)
    with visit.database.reading() as session:
        found = list(session.scalars(select(Visit).order_by(Visit.happened_at, Visit.id)))
        session.expunge_all()
        return found


def allow_tracking(visit: web_visit.Visit) -> None:
    with visit.database.transaction() as session:
        session.get_one(Subscriber, visit.readership.subscriber_id).may_track = True


def test_a_click_is_kept_with_whose_it_was_and_what_speaks_against_it(visit):
    visit.client.get(visit.deed_path("up"), headers=FIREFOX)
    (one,) = kept(visit)
    people = visit.readership
    assert (one.kind, one.target, one.method) == ("click", "up", "GET")
    assert (one.subscriber_id, one.brief_id) == (people.subscriber_id, people.brief_id)
    assert one.insight_id == people.insight_ids[0]
    assert (one.verdict, one.evidence) == ("human", "")
    assert one.seconds is not None
    assert one.seconds > 3600
    assert one.agent == FIREFOX["User-Agent"]


def test_the_address_of_a_visitor_is_never_kept(visit):
    visit.client.get(visit.brief_path, headers=FIREFOX)
    (one,) = kept(visit)
    assert one.visitor is not None
    assert len(one.visitor) == 32
    assert "127.0.0.1" not in str(vars(one))


def test_within_a_minute_of_the_hand_over_it_was_the_gateway(
    database, database_url, clock, tmp_path
):
    with open_site(database, database_url, clock, tmp_path / "home") as visit:
        clock.advance(dt.timedelta(seconds=80))  # accepted 40 s after it was planned
        visit.client.get(visit.brief_path, headers=FIREFOX)
        (one,) = kept(visit)
        assert (one.verdict, one.evidence) == ("suspected", "soon")


def test_a_form_is_kept_as_such_and_done(visit):
    visit.client.post(visit.deed_path("up"), headers=FIREFOX)
    visit.client.post(visit.unsubscribe_path, headers=FIREFOX)
    found = [(one.kind, one.target, one.verdict) for one in kept(visit)]
    assert found == [("form", "up", "human"), ("unsubscribe", "unsubscribe", "human")]


@pytest.mark.parametrize(
    ("purpose", "path"), [(Purpose.RHYTHM, "rhythm"), (Purpose.CONFIRM, "confirm")]
)
def test_links_of_notices_are_kept_too(visit, purpose, path):
    token = visit.signer.sign(purpose, visit.readership.subscription_id)
    visit.client.get(f"/{path}/{token}", headers=FIREFOX)
    (one,) = kept(visit)
    assert (one.kind, one.target) == ("click", path)
    assert one.subscriber_id == visit.readership.subscriber_id


def test_links_that_are_none_of_ours_are_not_kept(visit):
    visit.client.get("/b/AAAA", headers=FIREFOX)
    visit.client.get("/", headers=FIREFOX)
    visit.client.get(visit.brief_path + "A", headers=FIREFOX)
    assert kept(visit) == []


def test_a_burst_takes_back_what_was_thought_of_its_beginning(visit):
    desk = visit.app.state.site.visits
    visit.client.get(visit.deed_path("up"), headers=FIREFOX)
    assert desk.write(everything=True) == 1
    assert kept(visit)[0].verdict == "human"
    for pick in range(5):
        visit.client.get(visit.deed_path("save", pick), headers=FIREFOX)
    found = kept(visit)
    assert [one.verdict for one in found] == ["suspected"] * 6
    assert {one.evidence for one in found} == {"burst"}


def test_nothing_is_judged_while_the_burst_may_still_go_on(visit):
    visit.client.get(visit.brief_path, headers=FIREFOX)
    assert visit.app.state.site.visits.write() == 0
    visit.clock.advance(dt.timedelta(seconds=11))
    assert visit.app.state.site.visits.write() == 1


def test_a_program_that_presses_every_button_is_asked_once_more(visit):
    answers = [visit.client.post(visit.deed_path("up", pick), headers=FIREFOX) for pick in range(5)]
    assert all("Noted: useful." in answer.text for answer in answers)
    doubted = visit.client.post(visit.deed_path("save", 0), headers=FIREFOX)
    assert "press once more" in doubted.text
    assert "Saved." not in doubted.text
    sure = visit.client.post(visit.deed_path("save", 0), data={"sure": "yes"}, headers=FIREFOX)
    assert "Saved." in sure.text


@pytest.mark.parametrize("deed", ["up", "mute"])
def test_what_a_mail_scanner_presses_is_not_done_at_once(visit, deed):
    scanner = {"User-Agent": "Proofpoint URL Defense"}
    before = dump(visit.database)
    page = visit.client.post(visit.deed_path(deed), headers=scanner)
    assert page.status_code == 200
    assert 'name="sure"' in page.text
    assert dump(visit.database) == before
    assert [one.verdict for one in kept(visit)] == ["suspected"]


def test_a_wish_to_leave_is_honoured_whatever_pressed_it(visit):
    scanner = {"User-Agent": "Proofpoint URL Defense"}
    page = visit.client.post(visit.unsubscribe_path, headers=scanner)
    assert "You have left" in page.text


def test_without_leave_neither_the_pixel_nor_the_way_to_a_source_is_kept(visit):
    answer = visit.client.get(f"{visit.brief_path}/open.gif", headers=FIREFOX)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/gif")
    answer = visit.client.get(visit.deed_path("source"), headers=FIREFOX, follow_redirects=False)
    assert answer.status_code == 302
    assert kept(visit) == []


def test_with_leave_a_humans_way_to_a_source_is_kept_and_learned_from(visit):
    allow_tracking(visit)
    visit.client.get(f"{visit.brief_path}/open.gif", headers=FIREFOX)
    answer = visit.client.get(visit.deed_path("source"), headers=FIREFOX, follow_redirects=False)
    assert answer.headers["location"] == "https://copper.example/12?t=1421"
    found = [(one.kind, one.target, one.verdict) for one in kept(visit)]
    assert found == [("open", "open.gif", "human"), ("click", "source", "human")]
    with visit.database.reading() as session:
        assert session.scalars(select(Lesson.act)).all() == ["click"]


def test_of_what_a_program_follows_nothing_is_learned(visit):
    allow_tracking(visit)
    path = visit.deed_path("source")
    visit.client.request("HEAD", path, headers=FIREFOX, follow_redirects=False)
    visit.client.get(path, headers={"User-Agent": "curl/8"}, follow_redirects=False)
    visit.client.get(visit.deed_path("up"), headers={"User-Agent": "curl/8"})
    found = kept(visit)
    assert {one.verdict for one in found} == {"suspected"}, [
        (o.method, o.agent, o.evidence, o.kind) for o in found
    ]
    with visit.database.reading() as session:
        assert session.scalars(select(Lesson.act)).all() == []
        assert visit_figures(session, since=visit.clock.now() - dt.timedelta(days=1)) == [
            ("click", "source", 0, 2),
            ("click", "up", 0, 1),
        ]


@pytest.mark.parametrize("ending", ["/999/source", "/1/elsewhere?url=https://evil.example"])
def test_the_way_to_a_source_leads_nowhere_else(visit, ending):
    answer = visit.client.get(visit.brief_path + ending, follow_redirects=False)
    assert answer.status_code == 404


def test_a_store_that_is_away_delays_no_page(visit, monkeypatch):
    desk = visit.app.state.site.visits
    visit.client.get(visit.brief_path, headers=FIREFOX)

    def away():
        raise UnavailableError("the store does not answer")

    monkeypatch.setattr(desk.database, "transaction", away)
    assert visit.client.get(visit.deed_path("up"), headers=FIREFOX).status_code == 200
    assert desk.write(everything=True) == 0


def test_visits_are_forgotten_in_time(visit):
    visit.client.get(visit.brief_path, headers=FIREFOX)
    assert len(kept(visit)) == 1
    now = visit.clock.now()
    assert prune_visits(visit.database, before=now - dt.timedelta(days=1)) == 0
    assert prune_visits(visit.database, before=now + dt.timedelta(seconds=1)) == 1
    assert kept(visit) == []
