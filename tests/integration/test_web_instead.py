"""Instead of leaving: a pause, or one brief a week; and why somebody left, if they say so."""

import datetime as dt

import pytest
from sqlalchemy import select

from service.audience.lesson_models import Lesson
from service.audience.models import Subscriber, Subscription
from service.feedback.departure_models import Departure
from tests.factories.web_visit import Visit, open_site


@pytest.fixture
def visit(database, database_url, clock, tmp_path):
    with open_site(database, database_url, clock, tmp_path / "home") as visit:
        yield visit


def subscription(visit: Visit) -> Subscription:
    with visit.database.reading() as session:
        found = session.get_one(Subscription, visit.readership.subscription_id)
        session.expunge(found)
        return found


def acts(visit: Visit) -> list[str]:
    with visit.database.reading() as session:
        return sorted(session.scalars(select(Lesson.act)))


def test_briefs_pause_for_some_weeks_and_go_on_with_a_press(visit):
    path = f"{visit.unsubscribe_path}/pause"
    assert "Pause Morning Five?" in visit.client.get(path).text
    page = visit.client.post(path, data={"weeks": "2"}).text
    assert "Morning Five is paused." in page
    assert "6 December 2026" in page
    held = subscription(visit)
    assert (held.status, held.paused_until) == ("paused", dt.date(2026, 12, 6))
    visit.client.post(path, data={"undo": "yes"})
    assert subscription(visit).status == "active"


def test_briefs_pause_until_a_chosen_date(visit):
    visit.client.post(f"{visit.unsubscribe_path}/pause", data={"until": "2027-01-04"})
    assert subscription(visit).paused_until == dt.date(2027, 1, 4)


@pytest.mark.parametrize("until", ["", "soon", "2026-11-22", "2019-01-01", "2030-01-01", "9" * 99])
def test_a_date_that_cannot_be_is_asked_again(visit, until):
    answer = visit.client.post(f"{visit.unsubscribe_path}/pause", data={"until": until})
    assert answer.status_code == 422
    assert "within a year" in answer.text
    assert subscription(visit).status == "active"


def test_one_brief_a_week_can_be_had_and_taken_back(visit):
    path = f"{visit.unsubscribe_path}/fewer"
    page = visit.client.post(path).text
    assert "One brief a week it is." in page
    assert subscription(visit).frequency == "weekly"
    visit.client.post(path, data={"was": "daily"})
    assert subscription(visit).frequency == "daily"


def test_whoever_has_left_pauses_nothing_and_has_no_fewer(visit):
    visit.client.post(visit.unsubscribe_path)
    pause = visit.client.post(f"{visit.unsubscribe_path}/pause", data={"weeks": "1"})
    assert "nothing to pause" in pause.text
    assert visit.client.post(f"{visit.unsubscribe_path}/fewer").status_code == 404
    assert subscription(visit).status == "unsubscribed"


def test_the_page_offers_the_preferences_while_the_brief_is_young(visit):
    assert "/me/" in visit.client.get(visit.unsubscribe_path).text
    visit.clock.advance(dt.timedelta(days=91))
    old = visit.client.get(visit.unsubscribe_path)
    assert old.status_code == 200
    assert "/me/" not in old.text


def test_a_reason_is_kept_and_what_was_not_relevant_is_learned(visit):
    visit.client.post(visit.unsubscribe_path)
    page = visit.client.post(
        f"{visit.unsubscribe_path}/reason",
        data={"reason": "not_relevant", "words": "bees\r\n\x00 again"},
    ).text
    assert "Thank you for saying why." in page
    with visit.database.reading() as session:
        kept = session.scalars(select(Departure)).one()
        assert (kept.reason, kept.words) == ("not_relevant", "bees again")
    assert acts(visit) == ["left"] * 5


def test_whoever_stays_after_all_has_given_no_reason(visit):
    visit.client.post(visit.unsubscribe_path)
    visit.client.post(f"{visit.unsubscribe_path}/reason", data={"reason": "not_relevant"})
    visit.client.post(visit.unsubscribe_path, data={"undo": "yes"})
    with visit.database.reading() as session:
        assert session.scalars(select(Departure)).all() == []
    assert acts(visit) == []


def test_a_reason_of_somebody_who_is_still_there_is_not_taken(visit):
    visit.client.post(f"{visit.unsubscribe_path}/reason", data={"reason": "too_many"})
    with visit.database.reading() as session:
        assert session.scalars(select(Departure)).all() == []


def test_a_strange_reason_is_taken_as_some_other(visit):
    visit.client.post(visit.unsubscribe_path)
    visit.client.post(
        f"{visit.unsubscribe_path}/reason", data={"reason": "<script>", "words": "x" * 9000}
    )
    with visit.database.reading() as session:
        kept = session.scalars(select(Departure)).one()
        assert (kept.reason, len(kept.words)) == ("other", 500)


def test_the_pages_speak_the_readers_language(visit):
    with visit.database.transaction() as session:
        session.get_one(Subscriber, visit.readership.subscriber_id).language = "fr"
    assert 'lang="fr"' in visit.client.get(visit.unsubscribe_path).text
    assert 'lang="fr"' in visit.client.get(f"{visit.unsubscribe_path}/pause").text
