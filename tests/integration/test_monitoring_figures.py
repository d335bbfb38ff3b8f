"""Status in words, and the figures for Prometheus."""

import datetime as dt

import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import select

from service.clock import FixedClock
from service.config import Settings
from service.db.database import Database
from service.editions.models import Brief, Edition
from service.ledger.heartbeats import beat
from service.monitoring.metrics import Metrics, step_of_share
from service.monitoring.status import Status, read_status, summary, worries
from tests.factories.readership import build_readership

STATES = ("accepted",) * 5 + ("planned", "deferred", "in_doubt", "skipped")


@pytest.fixture
def settings(tmp_path):
    return Settings(home=tmp_path, broker={"url": "redis://127.0.0.1:1/0"}, _env_file=None)


@pytest.fixture
def readership(database, clock):
    with database.transaction() as session:
        return build_readership(session, now=clock.now(), states=STATES)


def figures(
    database: Database, settings: Settings, clock: FixedClock
) -> dict[tuple[str, ...], float]:
    text = Metrics(database, settings, clock).text().decode()
    return {
        (sample.name, *sorted(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def status_of(database: Database, settings: Settings, clock: FixedClock) -> Status:
    with database.reading() as session:
        return read_status(session, settings, now=clock.now())


def test_the_terms_of_the_equation_are_exported_for_each_open_edition(
    database, settings, clock, readership
):
    found = figures(database, settings, clock)
    of = ("2026-11-22", "daily")
    assert found["podbrief_equation", "2026-11-22", "accepted", "daily"] == 5
    assert found["podbrief_equation", "2026-11-22", "daily", "due"] == 9
    assert found["podbrief_equation", "2026-11-22", "daily", "open"] == 3
    assert found["podbrief_skipped", "2026-11-22", "daily", "quiet_day"] == 1
    assert found["podbrief_equation_holds", *of] == 1


def test_an_equation_that_does_not_hold_is_nought(database, settings, clock, readership):
    with database.transaction() as session:
        session.delete(session.scalars(select(Brief).where(Brief.state == "planned")).one())
    assert figures(database, settings, clock)["podbrief_equation_holds", "2026-11-22", "daily"] == 0


def test_queue_depth_is_batches_and_briefs_by_state(database, settings, clock, readership):
    found = figures(database, settings, clock)
    assert found["podbrief_batches_open", "ready"] == 1
    assert found["podbrief_batches_open", "leased"] == 0
    assert found["podbrief_briefs_open", "planned"] == 1
    assert found["podbrief_briefs_open", "in_doubt"] == 1
    assert found["podbrief_briefs_open", "sending"] == 0
    assert found["podbrief_broker_up",] == 0


def test_lateness_tells_the_oldest_unsent_and_how_soon_the_rest_left(
    database, settings, clock, readership
):
    clock.advance(dt.timedelta(minutes=7))
    found = figures(database, settings, clock)
    assert found["podbrief_oldest_unsent_seconds",] == pytest.approx(420)
    # accepted 41 to 45 seconds after they were due
    assert found["podbrief_lateness_seconds_bucket", "30.0"] == 0
    assert found["podbrief_lateness_seconds_bucket", "60.0"] == 5
    assert found["podbrief_lateness_seconds_sum",] == pytest.approx(215, abs=0.1)
    assert found["podbrief_lateness_p95_seconds",] == 60


def test_a_closed_edition_costs_and_says_nothing(database, settings, clock, readership):
    with database.transaction() as session:
        session.get_one(Edition, readership.edition_id).state = "closed"
    found = figures(database, settings, clock)
    assert not [key for key in found if key[0] == "podbrief_equation"]
    assert found["podbrief_lateness_seconds_count",] == 0
    assert found["podbrief_oldest_unsent_seconds",] == 0


def test_a_process_never_seen_has_no_age(database, settings, clock):
    with database.transaction() as session:
        beat(session, name="w", kind="worker", details={})
    found = figures(database, settings, clock)
    assert 0 <= found["podbrief_heartbeat_age_seconds", "worker"] < 30
    assert ("podbrief_heartbeat_age_seconds", "beat") not in found


def test_asking_often_asks_the_store_once(database, settings, clock, readership):
    metrics = Metrics(database, settings, clock)
    first = metrics.text()
    with database.transaction() as session:
        session.delete(session.scalars(select(Brief).where(Brief.state == "planned")).one())
    assert metrics.text() == first


@pytest.mark.parametrize(
    ("sent_within", "step"),
    [
        ([0] * 11, 0),
        ([100, *[0] * 10], 10),
        ([94, 6, *[0] * 9], 30),
        ([95, 5, *[0] * 9], 10),
        ([*[0] * 10, 1], float("inf")),
    ],
)
def test_the_p95_is_the_step_within_which_nineteen_of_twenty_left(sent_within, step):
    assert step_of_share(sent_within, 0.95) == step


def test_status_says_today_in_one_sentence(database, settings, clock, readership):
    assert summary(status_of(database, settings, clock)) == ("5 of 8 accepted, 2 open, 1 in doubt")


def test_status_says_what_is_wrong_and_what_to_do(database, settings, clock, readership):
    with database.transaction() as session:
        edition = session.get_one(Edition, readership.edition_id)
        edition.state, edition.problem = "paused", "body.mjml:3: no such slot"
    said = worries(status_of(database, settings, clock))
    assert [line.partition(":")[0] for line in said] == [
        "No worker is running",
        "Beat is silent",
        "The broker cannot be reached",
        "Morning Five of 2026-11-22 stopped",
    ]


def test_an_empty_store_says_that_nothing_is_due(database, settings, clock):
    status = status_of(database, settings, clock)
    assert summary(status) == "Nothing is due: no list has an active subscriber"
    assert status.as_dict()["editions"] == []


def test_before_the_first_edition_status_names_the_next_hour(database, settings, clock, readership):
    with database.transaction() as session:
        edition = session.get_one(Edition, readership.edition_id)
        edition.state = "closed"
    clock.advance(dt.timedelta(days=2))
    assert "the next brief at 07:00 UTC on 23 November" in summary(
        status_of(database, settings, clock)
    )


def test_status_for_programs_holds_the_equation(database, settings, clock, readership):
    facts = status_of(database, settings, clock).as_dict()
    assert facts["editions"][0]["equation"]["equation_holds"] is True
    assert facts["editions"][0]["equation"]["planned"] == 8
    assert facts["queues"] is None
    assert facts["summary"].startswith("5 of 8")
