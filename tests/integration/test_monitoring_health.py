"""Alive, ready, and what is missing when it is not."""

import datetime as dt
import subprocess
from contextlib import suppress

import pytest
from sqlalchemy import update

from service.config import Settings
from service.db.database import Database
from service.db.time import database_now
from service.embedded.valkey import answers, valkey_server
from service.ledger.heartbeats import beat
from service.ledger.models import Heartbeat
from service.monitoring.health import check_parts
from tests.factories.web_visit import dump, open_site


@pytest.fixture(scope="module")
def broker(short_folder):
    """A real Valkey on a socket."""
    path = short_folder() / "valkey.sock"
    server = subprocess.Popen(
        [valkey_server(), "--port", "0", "--unixsocket", path, "--save", ""],
        stdout=subprocess.DEVNULL,
    )
    while not answers(path):
        with suppress(subprocess.TimeoutExpired):
            assert server.wait(0.02) is None, "Valkey ended by itself"
    yield f"redis+socket://{path}?virtual_host=0"
    server.terminate()
    server.wait(10)


@pytest.fixture
def settings(tmp_path, broker):
    return Settings(home=tmp_path, broker={"url": broker}, _env_file=None)


@pytest.fixture
def alive(database):
    with database.transaction() as session:
        beat(session, name="w", kind="worker", details={})
        beat(session, name="b", kind="beat", details={})


def wrong(database: Database, settings: Settings) -> dict[str, str]:
    return {check.part: check.wrong for check in check_parts(database, settings) if check.wrong}


def test_all_is_well_when_all_parts_are_there(database, settings, alive):
    assert wrong(database, settings) == {}


def test_parts_never_seen_are_named_with_the_way_to_start_them(database, settings):
    said = wrong(database, settings)
    assert set(said) == {"beat", "worker"}
    assert all("never been seen" in text and "podbrief up" in text for text in said.values())


@pytest.mark.parametrize(("kind", "silence"), [("worker", 61), ("beat", 91)])
def test_a_part_that_fell_silent_is_named_with_its_age(database, settings, alive, kind, silence):
    with database.transaction() as session:
        session.execute(
            update(Heartbeat)
            .where(Heartbeat.kind == kind)
            .values(seen_at=database_now(-silence - 5))
            .execution_options(synchronize_session=False)
        )
    assert list(wrong(database, settings)) == [kind]
    assert "was last seen" in wrong(database, settings)[kind]


def test_a_slow_beat_is_allowed_three_of_its_ticks(database, settings, alive):
    slow = settings.model_copy(
        update={"beat": settings.beat.model_copy(update={"tick_seconds": 120})}
    )
    with database.transaction() as session:
        session.execute(
            update(Heartbeat)
            .where(Heartbeat.kind == "beat")
            .values(seen_at=database_now(-200))
            .execution_options(synchronize_session=False)
        )
    assert wrong(database, slow) == {}
    assert list(wrong(database, settings)) == ["beat"]


def test_a_broker_that_is_away_is_named(database, settings, alive, tmp_path):
    away = Settings(home=tmp_path, broker={"url": "redis://127.0.0.1:1/0"}, _env_file=None)
    assert list(wrong(database, away)) == ["broker"]


def test_readiness_is_json_and_503_while_something_is_wrong(
    database, database_url, clock, tmp_path
):
    with open_site(database, database_url, clock, tmp_path / "home") as visit:
        answer = visit.client.get("/readyz")
        assert answer.status_code == 503
        facts = answer.json()
        assert facts["ready"] is False
        assert facts["checks"]["database"] == {"ok": True, "wrong": None}
        assert not facts["checks"]["broker"]["ok"]
        assert visit.client.get("/livez").text == "alive\n"


def test_readiness_is_200_when_nothing_is_wrong(
    database, database_url, clock, tmp_path, settings, alive
):
    with open_site(
        database,
        database_url,
        clock,
        tmp_path / "home",
        broker_url=settings.broker.url.get_secret_value(),
    ) as visit:
        answer = visit.client.get("/readyz")
        assert (answer.status_code, answer.json()["ready"]) == (200, True)
        metrics = visit.client.get("/metrics")
        assert metrics.headers["content-type"].startswith("text/plain")
        assert 'podbrief_broker_queue_length{queue="send"} 0.0' in metrics.text


def test_probes_change_nothing(database, database_url, clock, tmp_path):
    with open_site(database, database_url, clock, tmp_path / "home") as visit:
        before = dump(database)
        for path in ("/livez", "/readyz", "/metrics"):
            visit.client.get(path)
            visit.client.request("HEAD", path)
        clock.advance(dt.timedelta(hours=1))
        assert dump(database) == before
