"""Reconciling: the equation counted now, and alarms for what must never be so."""

import datetime as dt
import json

import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import select, update

from service.clock import FixedClock
from service.config import Settings
from service.db.database import Database
from service.editions.models import Brief, Tick
from service.feedback.event_models import DeliveryEvent
from service.ledger import stops
from service.ledger.heartbeats import beat
from service.ledger.models import Wave
from service.monitoring.metrics import Metrics
from service.monitoring.reconcile import reconcile
from tests.factories.readership import build_readership

STATES = ("accepted",) * 4 + ("planned", "sending", "in_doubt", "skipped")


@pytest.fixture
def readership(database: Database, clock: FixedClock):
    with database.transaction() as session:
        built = build_readership(session, now=clock.now(), states=STATES)
        for kind in ("beat", "worker", "sweep"):
            beat(session, name=kind, kind=kind, details={})
        session.add(
            Wave(
                id="w",
                worker="box:1",
                transport="memory",
                size=2,
                started_at=clock.now(),
                lease_until=clock.now() + dt.timedelta(days=1),
            )
        )
        session.execute(
            update(Brief).where(Brief.state.in_(["sending", "in_doubt"])).values(wave_id="w")
        )
    return built


def ringing(database: Database, clock: FixedClock) -> dict[str, str]:
    with database.reading() as session:
        return {
            alarm.name.value: alarm.what for alarm in reconcile(session, now=clock.now()).ringing
        }


def change(database: Database, state: str, **values: object) -> None:
    with database.transaction() as session:
        session.execute(update(Brief).where(Brief.state == state).values(**values))


def test_nothing_rings_while_all_is_well(database, clock, readership):
    assert ringing(database, clock) == {}


def test_a_row_that_vanished_breaks_the_equation(database, clock, readership):
    with database.transaction() as session:
        session.delete(session.scalars(select(Brief).where(Brief.state == "planned")).one())
    assert "Morning Five of 2026-11-22" in ringing(database, clock)["equation"]


def test_what_is_open_past_its_deadline_rings(database, clock, readership):
    change(database, "planned", expires_at=clock.now() - dt.timedelta(minutes=3))
    assert list(ringing(database, clock)) == ["overdue"]


def test_a_doubt_of_over_an_hour_rings(database, clock, readership):
    clock.advance(dt.timedelta(minutes=59))
    assert ringing(database, clock) == {}
    clock.advance(dt.timedelta(minutes=2))
    assert ringing(database, clock) == {"old_doubt": "a brief has been in doubt for 61 minutes"}


@pytest.mark.parametrize("wave_id", ["no-such-wave", None])
def test_a_brief_that_is_sent_by_no_open_wave_rings(database, clock, readership, wave_id):
    change(database, "sending", wave_id=wave_id)
    assert list(ringing(database, clock)) == ["lost_wave"]


def test_a_settled_wave_that_left_a_brief_behind_rings(database, clock, readership):
    with database.transaction() as session:
        session.execute(update(Wave).values(settled_at=clock.now()))
    assert list(ringing(database, clock)) == ["lost_wave"]


def test_a_row_that_no_tick_counted_rings(database, clock, readership):
    with database.transaction() as session:
        session.execute(update(Tick).values(due=len(STATES) - 1))
    change(database, "planned", tick_id=999)
    assert "no_tick" in ringing(database, clock)


def test_safe_mode_and_a_stopped_route_ring_with_the_way_out(database, clock, readership):
    with database.transaction() as session:
        stops.enter(session, stops.STORE, "it went back", by="test", now=clock.now())
        stops.stop_route(session, "smtp", "somebody has two", by="test", now=clock.now())
    assert ringing(database, clock) == {
        "safe_mode": "it went back (then: podbrief db restored)",
        "route_stopped": "somebody has two (then: podbrief route open smtp)",
    }


def test_who_fell_silent_rings(database, clock):
    assert set(ringing(database, clock)) == {"worker_silent", "beat_silent", "sweep_silent"}


def test_the_command_ends_with_1_when_the_equation_does_not_hold(
    database, clock, readership, podbrief
):
    said = podbrief("reconcile")
    assert (said.code, "The equation holds." in said.out) == (0, True)
    found = json.loads(podbrief("reconcile", "--list", "daily", "--json").out)
    assert found["equation_holds"] is True
    (edition,) = found["editions"]
    assert (edition["due"], edition["accepted"], edition["open"]) == (8, 4, 3)
    assert found["measured"]["overdue"] == 0
    assert podbrief("reconcile", "--edition", str(readership.edition_id)).code == 0
    assert podbrief("reconcile", "--edition", "77").code == 2
    assert podbrief("reconcile", "--list", "none").code == 2

    with database.transaction() as session:
        session.delete(session.scalars(select(Brief).where(Brief.state == "planned")).one())
    said = podbrief("reconcile")
    assert said.code == 1
    assert "does NOT hold" in said.out
    assert "equation: the equation does not hold for" in said.out


def test_every_alarm_is_a_figure(database, clock, readership, tmp_path):
    settings = Settings(home=tmp_path, broker={"url": "redis://127.0.0.1:1/0"}, _env_file=None)
    change(database, "planned", expires_at=clock.now() - dt.timedelta(minutes=3))
    text = Metrics(database, settings, clock).text().decode()
    found = {
        (sample.name, sample.labels.get("name")): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
    assert found["podbrief_alarm", "overdue"] == 1
    assert found["podbrief_alarm_value", "overdue"] == 1
    assert found["podbrief_alarm", "safe_mode"] == 0


def test_more_deliveries_than_briefs_ring(database, clock, readership):
    def tell(numbers: range) -> None:
        with database.transaction() as session:
            session.add_all(
                DeliveryEvent(
                    provider="postmark",
                    event_key=f"told-{number}",
                    kind="delivered",
                    local_date=readership.local_date,
                    brief_id=readership.brief_id,
                    happened_at=clock.now(),
                    received_at=clock.now(),
                    verdict="noted",
                    raw="{}",
                )
                for number in numbers
            )

    tell(range(9))
    assert "told_too_often" not in ringing(database, clock)
    tell(range(9, 11))
    assert "deliveries reported" in ringing(database, clock)["told_too_often"]
