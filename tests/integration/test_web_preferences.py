"""Preferences: every choice is taken down, said back, and obeyed by the planner."""

import datetime as dt

import pytest
from sqlalchemy import func, select

from service.audience.models import (
    Consent,
    Interest,
    PodcastStance,
    SpeakerStance,
    Subscriber,
    Subscription,
)
from service.editions.plan import plan_due
from service.ledger.models import Shown
from tests.factories.web_visit import Visit, open_site

HOME = "/lists/daily"
WISH = {"hour": "6", "timezone": "Europe/Vienna", "frequency": "daily", "picks": "5"}


@pytest.fixture
def visit(database, database_url, clock, tmp_path):
    with open_site(database, database_url, clock, tmp_path / "home") as visit:
        with database.transaction() as session:
            people = visit.readership
            session.add_all(
                Shown(
                    subscriber_id=people.subscriber_id,
                    story_id=number,
                    insight_id=insight_id,
                    brief_id=1,
                    shown_on=people.local_date,
                )
                for number, insight_id in enumerate(people.insight_ids)
            )
        yield visit


def subscription(visit: Visit) -> Subscription:
    with visit.database.reading() as session:
        return session.get_one(Subscription, visit.readership.subscription_id)


def person(visit: Visit) -> Subscriber:
    with visit.database.reading() as session:
        return session.get_one(Subscriber, visit.readership.subscriber_id)


def send(visit: Visit, place: str, **fields: str) -> str:
    answer = visit.client.post(visit.own_path + place, data=fields)
    assert answer.status_code == 200, answer.text
    return " ".join(answer.text.split())


def test_the_page_shows_how_things_stand(visit):
    page = visit.client.get(visit.own_path).text
    assert "Morning Five" in page
    assert "Next brief: tomorrow at 7:00" in page
    assert 'value="Europe/London"' in page
    assert "AI infrastructure" in page
    assert "ada@example.org" in page


def test_a_new_hour_and_zone_are_said_back_with_the_moment_they_take_effect(visit):
    page = send(visit, f"{HOME}/wish", **WISH)
    assert "the hour is 6:00 AM and the time zone is Europe/Vienna" in page
    assert "It takes effect tomorrow at 6:00 AM, Europe/Vienna." in page
    held = subscription(visit)
    assert (held.hour, held.timezone, held.next_due_at) == (6, "Europe/Vienna", None)
    plan_due(visit.database, now=visit.clock.now())
    assert subscription(visit).next_due_at == dt.datetime(2026, 11, 23, 5, tzinfo=dt.UTC)


def test_chosen_days_are_what_the_planner_goes_by(visit):
    wish = WISH | {"frequency": "days", "day1": "yes", "day4": "yes"}
    page = send(visit, f"{HOME}/wish", **wish)
    assert "briefs come Tuesday and Friday" in page
    assert "It takes effect Tuesday 24 November at 6:00" in page
    plan_due(visit.database, now=visit.clock.now())
    assert subscription(visit).next_due_at == dt.datetime(2026, 11, 24, 5, tzinfo=dt.UTC)


def test_the_weekly_best_comes_on_the_day_chosen(visit):
    page = send(visit, f"{HOME}/wish", **(WISH | {"frequency": "weekly", "weekly_day": "2"}))
    assert "once a week, on Wednesday" in page
    assert subscription(visit).days == 0b100


@pytest.mark.parametrize(("chosen", "stored"), [("3", 3), ("7", 7), ("5", None)])
def test_the_number_of_insights_is_kept_apart_from_what_the_list_sends(visit, chosen, stored):
    send(visit, f"{HOME}/wish", **(WISH | {"picks": chosen, "quiet_day": "missed"}))
    held = subscription(visit)
    assert (held.picks, held.quiet_day) == (stored, "missed")


def test_saving_what_is_there_already_says_that_nothing_has_changed(visit):
    page = send(visit, f"{HOME}/wish")
    assert "Nothing was different, so nothing has changed." in page
    assert subscription(visit).next_due_at is not None


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"timezone": "Vienna"}, "“Vienna” is no time zone we know"),
        ({"frequency": "days"}, "Choose at least one day"),
        ({"hour": "25"}, "cannot be taken as it was sent"),
        ({"picks": "6"}, "cannot be taken as it was sent"),
        ({"quiet_day": "x"}, "cannot be taken as it was sent"),
        ({"weekly_day": "9", "frequency": "weekly"}, "Choose at least one day"),
    ],
)
def test_what_cannot_be_taken_is_said_at_its_place_and_nothing_is_written(visit, fields, says):
    before = subscription(visit)
    answer = visit.client.post(f"{visit.own_path}{HOME}/wish", data=WISH | fields)
    assert answer.status_code == 400
    assert says in answer.text
    assert 'role="alert"' in answer.text
    after = subscription(visit)
    assert (after.hour, after.timezone, after.frequency) == (
        before.hour,
        before.timezone,
        before.frequency,
    )


def test_a_pause_until_a_date_stops_at_once_and_says_when_briefs_come_again(visit):
    page = send(visit, f"{HOME}/pause", until="2026-12-01")
    assert "Paused until 1 December 2026; the next brief comes Tuesday 1 December at 7:00" in page
    held = subscription(visit)
    assert (held.status, held.paused_until) == ("paused", dt.date(2026, 12, 1))
    plan_due(visit.database, now=dt.datetime(2026, 12, 1, 7, tzinfo=dt.UTC))
    assert subscription(visit).status == "active"


def test_a_pause_for_good_and_back_again(visit):
    assert "Paused, until you want it again." in send(visit, f"{HOME}/pause", for_good="yes")
    assert (subscription(visit).status, subscription(visit).paused_until) == ("paused", None)
    assert "Briefs come again." in send(visit, f"{HOME}/pause", resume="yes")
    assert subscription(visit).status == "active"


@pytest.mark.parametrize("until", ["", "2026-11-22", "2029-01-01", "soon", "0001-01-01"])
def test_a_pause_needs_a_day_after_today_and_within_a_year(visit, until):
    answer = visit.client.post(f"{visit.own_path}{HOME}/pause", data={"until": until})
    assert answer.status_code == 400
    assert "Choose a day after today" in answer.text
    assert subscription(visit).status == "active"


def test_leaving_one_list_and_all_of_them_can_be_taken_back_for_a_day(visit):
    assert "You have left this list." in send(visit, f"{HOME}/leave")
    assert subscription(visit).status == "unsubscribed"
    assert "You are on the list as before." in send(visit, f"{HOME}/leave", undo="yes")
    assert "You have left all lists." in send(visit, "/leave")
    assert subscription(visit).status == "unsubscribed"
    visit.clock.advance(dt.timedelta(hours=25))
    assert "undo" not in visit.client.get(visit.own_path).text


def test_a_list_that_was_left_takes_no_wishes(visit):
    send(visit, f"{HOME}/leave")
    answer = visit.client.post(f"{visit.own_path}{HOME}/wish", data=WISH)
    assert answer.status_code == 409
    assert subscription(visit).hour == 7


def interests(visit: Visit) -> dict[int, float | None]:
    with visit.database.reading() as session:
        rows = session.execute(
            select(Interest.topic_id, Interest.stated).where(
                Interest.subscriber_id == visit.readership.subscriber_id
            )
        )
        return dict(rows.all())


def test_sliders_state_what_was_moved_and_nothing_else(visit):
    ai, bees = visit.readership.topic_ids
    page = send(visit, "/topics", **{f"t{ai}": "3", "add": str(bees)})
    assert "AI infrastructure: As much as there is; bees: Often." in page
    assert "It holds from your next brief on." in page
    assert interests(visit) == {ai: 2.0, bees: 1.0}
    page = send(visit, "/topics", **{f"t{ai}": "3", f"t{bees}": "0"})
    assert "bees: Never. It holds" in page
    assert interests(visit) == {ai: 2.0, bees: 0.0}
    page = send(visit, "/topics", **{f"n{bees}": "yes"})
    assert interests(visit) == {ai: 2.0, bees: None}
    assert "No slider was moved" in send(visit, "/topics", **{f"t{ai}": "3"})


@pytest.mark.parametrize("place", ["4", "-1", "1.5", "nan", "x"])
def test_a_slider_has_four_places(visit, place):
    ai = visit.readership.topic_ids[0]
    answer = visit.client.post(f"{visit.own_path}/topics", data={f"t{ai}": place})
    assert answer.status_code == 400
    assert interests(visit)[ai] == 1.0


def test_podcasts_and_speakers_are_followed_muted_and_taken_back(visit):
    page = send(visit, "/voices", name="the copper  hour", stance="follow")
    assert "Followed." in page
    page = send(visit, "/voices", name="ines marlow", stance="mute")
    assert "Ines Marlow" in page
    with visit.database.reading() as session:
        podcast = session.scalars(select(PodcastStance)).one()
        speaker = session.scalars(select(SpeakerStance)).one()
    assert (podcast.stance, speaker.stance, speaker.speaker_key) == (
        "follow",
        "mute",
        "ines marlow",
    )
    send(visit, "/voices", drop=f"podcast:{podcast.podcast_id}")
    send(visit, "/voices", drop="speaker:ines marlow")
    with visit.database.reading() as session:
        for table in (PodcastStance, SpeakerStance):
            assert session.scalar(select(func.count()).select_from(table)) == 0


@pytest.mark.parametrize("name", ["", "Nobody At All", "<script>alert(1)</script>", "x" * 5000])
def test_a_voice_nobody_knows_is_not_kept(visit, name):
    answer = visit.client.post(f"{visit.own_path}/voices", data={"name": name})
    assert answer.status_code == 400
    assert "<script>alert" not in answer.text
    with visit.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(SpeakerStance)) == 0


@pytest.mark.parametrize("drop", ["podcast:x", "podcast:99999999999999999999", "podcast:77"])
def test_taking_back_what_is_not_there_is_answered_calmly(visit, drop):
    answer = visit.client.post(f"{visit.own_path}/voices", data={"drop": drop})
    assert answer.status_code == 404


def test_tracking_is_off_until_ticked_and_its_consent_is_kept_as_proof(visit):
    assert person(visit).may_track is False
    page = send(visit, "/mail", language="en", may_track="yes", text_only="yes")
    assert "Mails come as plain text. Opens and clicks may be counted." in page
    assert (person(visit).may_track, person(visit).wants_text_only) == (True, True)
    send(visit, "/mail", language="en")
    with visit.database.reading() as session:
        acts = session.scalars(select(Consent.act).order_by(Consent.id)).all()
    assert acts == ["tracking_given", "tracking_withdrawn"]
    assert person(visit).may_track is False


def test_the_language_chosen_is_that_of_the_page_that_answers(visit):
    page = send(visit, "/mail", language="de")
    assert '<html lang="de"' in page
    assert person(visit).language == "de"
    send(visit, "/mail", language="tlh")
    assert person(visit).language == "de"


def test_not_personalised_is_kept_and_said(visit):
    assert "no longer made for you" in send(visit, "/mail", not_personalised="yes")
    assert person(visit).is_personalised is False
    assert "made for you again" in send(visit, "/mail")


def test_codes_of_a_redirect_are_read_as_codes_only(visit):
    page = visit.client.get(
        f"{visit.own_path}?done=<script>alert(1)</script>&list=daily&what=<b>x</b>"
    ).text
    assert "<script>alert" not in page
    assert "<b>x" not in page
