"""`podbrief subscribers import` puts people on a list, and never brings back who left."""

import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from service.audience.interests import set_stated
from service.audience.leave import unsubscribe
from service.audience.models import (
    Consent,
    Interest,
    Subscriber,
    Subscription,
    SubscriptionStatus,
    Suppression,
)
from service.audience.queries import interests_of, subscriber_by_email, subscriptions_of
from service.clock import FixedClock
from service.db.database import Database
from service.insights.models import Topic
from tests.integration.conftest import Ran

Import = Callable[..., Ran]
HEADER = "email,name,topics,timezone,hour,frequency,language,status"
ANN = "ann@example.org,Ann,AI;Deep Sea,Europe/Berlin,07:00,weekdays,de,"
BOB = "bob@example.org,,,,,,,"


def subscription(database: Database, email: str) -> Subscription:
    with database.reading() as session:
        person = subscriber_by_email(session, email=email)
        assert person is not None
        return subscriptions_of(session, subscriber_id=person.id)[0]


def interests(database: Database, email: str) -> dict[str, float]:
    with database.reading() as session:
        person = subscriber_by_email(session, email=email)
        assert person is not None
        return interests_of(session, subscriber_id=person.id)


def consents(database: Database) -> list[tuple[str, str]]:
    with database.reading() as session:
        found = session.execute(select(Consent.act, Consent.source).order_by(Consent.id))
        return [(act, source) for act, source in found]


def plan(database: Database, clock: FixedClock) -> None:
    """Give everybody a next moment, as the planner does."""
    with database.transaction() as session:
        later = clock.now() + dt.timedelta(days=1)
        session.execute(update(Subscription).values(next_due_at=later))


def test_people_go_in_with_their_wishes_and_the_lists_for_what_they_do_not_say(
    database: Database, bring: Import
):
    ran = bring(HEADER, ANN, BOB)
    assert (ran.code, ran.out) == (0, "added 2, updated 0, unchanged 0, rejected 0\n")
    ann, bob = (subscription(database, f"{name}@example.org") for name in ("ann", "BOB"))
    assert (ann.timezone, ann.hour, ann.frequency) == ("Europe/Berlin", 7, "weekdays")
    assert (bob.timezone, bob.hour, bob.frequency) == ("Asia/Tokyo", 6, "daily")
    assert ann.status == bob.status == "active"
    assert ann.next_due_at is None
    assert interests(database, "ann@example.org") == {"ai": 1.0, "deep-sea": 1.0}
    assert interests(database, "bob@example.org") == {}
    assert consents(database) == [("given", "import")] * 2
    with database.reading() as session:
        people = {one.email: one for one in session.scalars(select(Subscriber))}
    assert (people["ann@example.org"].name, people["ann@example.org"].language) == ("Ann", "de")


def test_the_same_file_again_changes_nothing(database: Database, bring: Import, clock: FixedClock):
    bring(HEADER, ANN, BOB)
    plan(database, clock)
    ran = bring(HEADER, ANN, BOB)
    assert ran.out == "added 0, updated 0, unchanged 2, rejected 0\n"
    assert subscription(database, "ann@example.org").next_due_at is not None
    assert len(consents(database)) == 2


@pytest.mark.parametrize(
    ("change", "rescheduled"),
    [
        (("Europe/Berlin", "Europe/Riga"), True),
        (("07:00", "8"), True),
        (("weekdays", "weekly"), True),
        (("de,", "de,paused"), True),
        (("Ann,", "Anna,"), False),
        ((",de,", ",en,"), False),
        (("AI;Deep Sea", "AI;Law"), False),
    ],
    ids=str,
)
def test_a_changed_row_updates_and_is_planned_anew_only_when_the_moment_changes(
    database: Database,
    bring: Import,
    clock: FixedClock,
    change: tuple[str, str],
    *,
    rescheduled: bool,
):
    bring(HEADER, ANN, BOB)
    plan(database, clock)
    ran = bring(HEADER, ANN.replace(*change), BOB)
    assert ran.out == "added 0, updated 1, unchanged 1, rejected 0\n"
    assert (subscription(database, "ann@example.org").next_due_at is None) is rescheduled
    assert subscription(database, "bob@example.org").next_due_at is not None


def test_an_empty_cell_or_a_missing_column_leaves_what_is_there(database: Database, bring: Import):
    bring(HEADER, ANN.removesuffix(",") + ",paused")
    assert bring(HEADER, "ann@example.org,,,,,,,").out.startswith("added 0, updated 0, unchanged 1")
    assert bring("email", "ANN@example.org").out.startswith("added 0, updated 0, unchanged 1")
    assert subscription(database, "ann@example.org").status == "paused"


def test_stated_topics_are_replaced_and_learnt_ones_stay(database: Database, bring: Import):
    bring("email,topics", "ann@example.org,AI;Law;Health")
    with database.transaction() as session:
        session.execute(
            update(Interest)
            .where(Interest.topic_id == select(func.min(Interest.topic_id)).scalar_subquery())
            .values(weight=1.5, learned=0.5)
        )
    learnt = {slug for slug, weight in interests(database, "ann@example.org").items() if weight > 1}
    bring("email,topics", "ann@example.org,Design")
    expected = {"design": 1.0} | dict.fromkeys(learnt, 0.5)
    assert interests(database, "ann@example.org") == expected
    again = bring("email,topics", "ann@example.org,Design")
    assert again.out.startswith("added 0, updated 0, unchanged 1")


def test_topics_somebody_chose_themselves_are_left_as_they_are(database: Database, bring: Import):
    bring("email,topics", "ann@example.org,AI;Law")
    with database.transaction() as session:
        person = subscriber_by_email(session, email="ann@example.org")
        topics = dict(session.execute(select(Topic.slug, Topic.id)).all())
        assert person is not None
        set_stated(session, person.id, {topics["law"]: None, topics["ai"]: 2.0})
    ran = bring("email,topics", "ann@example.org,Law;Health")
    assert ran.out.startswith("added 0, updated 0, unchanged 1")
    assert "chose their topics themselves: 1" in ran.out
    assert interests(database, "ann@example.org") == {"ai": 2.0, "law": 0.0}


def test_who_left_by_themselves_is_never_brought_back(
    database: Database, bring: Import, clock: FixedClock
):
    bring(HEADER, ANN)
    left = subscription(database, "ann@example.org")
    with database.transaction() as session:
        assert unsubscribe(session, subscription_id=left.id, source="one_click", now=clock.now())
    ran = bring(HEADER, ANN.replace("07:00", "9") + "active")
    assert ran.code == 0
    assert ran.out == ("added 0, updated 0, unchanged 1, rejected 0; left by themselves: 1\n")
    after = subscription(database, "ann@example.org")
    assert (after.status, after.hour, after.next_due_at) == ("unsubscribed", 7, None)
    assert after.ended_at == clock.now()


def test_leaving_twice_leaves_one_proof(database: Database, bring: Import, clock: FixedClock):
    bring("email", "ann@example.org")
    left = subscription(database, "ann@example.org").id
    with database.transaction() as session:
        answers = [
            unsubscribe(session, subscription_id=left, source="one_click", now=clock.now())
            for _ in range(2)
        ]
    assert answers == [True, False]
    assert consents(database) == [("given", "import"), ("withdrawn", "one_click")]


def test_whom_an_import_took_off_an_import_may_bring_back(database: Database, bring: Import):
    bring("email,status", "ann@example.org,active")
    bring("email,status", "ann@example.org,unsubscribed")
    assert subscription(database, "ann@example.org").ended_at is not None
    ran = bring("email,status", "ann@example.org,active")
    assert ran.out == "added 0, updated 1, unchanged 0, rejected 0\n"
    assert subscription(database, "ann@example.org").ended_at is None
    assert [act for act, _ in consents(database)] == ["given", "withdrawn", "given"]


def test_an_import_as_pending_is_no_consent(database: Database, bring: Import):
    bring("email,status", "ann@example.org,pending")
    assert consents(database) == []


def test_a_suppressed_address_stays_suppressed_and_is_counted(
    database: Database, bring: Import, clock: FixedClock
):
    with database.transaction() as session:
        session.add(
            Suppression(
                address_key="ann@example.org", reason="bounced", source="smtp", since=clock.now()
            )
        )
    ran = bring(HEADER, ANN, BOB)
    assert ran.out == "added 2, updated 0, unchanged 0, rejected 0; suppressed: 1\n"
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Suppression)) == 1


def test_one_address_is_one_person_on_every_list(
    database: Database, bring: Import, podbrief: Callable[..., Ran], tmp_path: Path
):
    bring("email,name", "Ann@Bücher.example,Ann")
    podbrief(
        *("lists", "create", "evening", "--from-email", "e@podbrief.example"),
        *("--postal-address", "1 Quay, Port"),
    )
    path = tmp_path / "evening.csv"
    path.write_text("email\nann@XN--bcher-kva.example\n")
    assert podbrief("subscribers", "import", str(path), "--list", "evening").code == 0
    with database.reading() as session:
        person = subscriber_by_email(session, email="ANN@bücher.example")
        assert person is not None
        lists = [one.list.slug for one in subscriptions_of(session, subscriber_id=person.id)]
    assert lists == ["evening", "morning"]


def test_a_person_can_be_looked_up(bring: Import, podbrief: Callable[..., Ran]):
    bring(HEADER, ANN)
    shown = podbrief("subscribers", "show", "ANN@example.org", "--json")
    facts = json.loads(shown.out)
    assert facts["subscriptions"][0]["list"] == "morning"
    assert facts["interests"] == {"ai": 1.0, "deep-sea": 1.0}
    assert "given by import" in podbrief("subscribers", "show", "ann@example.org").out
    nobody = podbrief("subscribers", "show", "nobody@example.org")
    assert nobody.code == 2
    assert "nobody has the address" in nobody.err


def test_more_rows_than_a_batch_go_in_whole(database: Database, bring: Import):
    people = [f"p{number}@example.org,AI;t{number % 7}" for number in range(4100)]
    assert bring("email,topics", *people).out.startswith("added 4,100,")
    assert bring("email,topics", *people).out.startswith("added 0, updated 0, unchanged 4,100")
    others = [line.replace(";t", ";u") for line in people]
    assert bring("email,topics", *others).out.startswith("added 0, updated 4,100")
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Interest)) == 8200
        active = Subscription.status == SubscriptionStatus.ACTIVE
        assert session.scalar(select(func.count()).select_from(Subscription).where(active)) == 4100
