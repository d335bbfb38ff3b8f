"""The page behind "shall we go on?": it does what is pressed, and nothing by itself."""

import pytest
from sqlalchemy import select

from service.audience.fatigue_models import Fatigue
from service.audience.models import Subscription
from service.tokens import Purpose
from tests.factories.web_visit import dump, open_site


@pytest.fixture
def visit(database, database_url, clock, tmp_path):
    with open_site(database, database_url, clock, tmp_path / "home") as visit:
        with database.transaction() as session:
            one = session.get_one(Subscription, visit.readership.subscription_id)
            one.frequency, one.status, one.next_due_at = "weekly", "paused", None
            session.add(
                Fatigue(
                    subscription_id=one.id,
                    stage="paused",
                    since=clock.now(),
                    frequency_before="daily",
                )
            )
        yield visit


@pytest.fixture
def path(visit):
    return f"/rhythm/{visit.signer.sign(Purpose.RHYTHM, visit.readership.subscription_id)}"


def state(visit) -> tuple[str, str, bool]:
    with visit.database.reading() as session:
        one = session.get_one(Subscription, visit.readership.subscription_id)
        return one.frequency, one.status, session.scalar(select(Fatigue.stage)) is not None


def test_looking_changes_nothing(visit, path):
    before = dump(visit.database)
    page = visit.client.get(path).text
    visit.client.request("HEAD", path)
    assert "How often do you want Morning Five?" in page
    assert dump(visit.database) == before


@pytest.mark.parametrize(
    ("said", "after", "words"),
    [
        ("before", ("daily", "active", False), "It comes as before."),
        ("weekly", ("weekly", "active", False), "Once a week it is."),
        ("pause", ("daily", "paused", False), "Paused."),
    ],
)
def test_a_press_does_what_it_says_once_and_twice(visit, path, said, after, words):
    for _ in range(2):
        page = visit.client.post(path, data={"rhythm": said})
        assert page.status_code == 200
        assert words in page.text
        assert state(visit) == after


def test_another_answer_is_refused(visit, path):
    before = state(visit)
    assert visit.client.post(path, data={"rhythm": "hourly"}).status_code == 400
    assert visit.client.post(path).status_code == 400
    assert state(visit) == before


def test_a_link_made_for_something_else_opens_nothing(visit):
    for link in (visit.unsubscribe_path, visit.brief_path):
        token = link.rpartition("/")[2]
        assert visit.client.get(f"/rhythm/{token}").status_code in {400, 404}


def test_of_who_has_left_there_is_nothing_to_ask(visit, path):
    visit.client.post(visit.unsubscribe_path)
    assert visit.client.post(path, data={"rhythm": "before"}).status_code == 404
    assert state(visit)[1] == "unsubscribed"
