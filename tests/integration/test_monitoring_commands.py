"""`podbrief status`, as typed."""

import json

import pytest
from rich.console import Console

from service.cli.context import context
from service.config import Settings
from service.ledger.heartbeats import beat
from tests.factories.readership import build_readership


@pytest.fixture(autouse=True)
def settings(tmp_path, monkeypatch):
    settings = Settings(home=tmp_path, broker={"url": "redis://127.0.0.1:1/0"})
    monkeypatch.setitem(context.__dict__, "settings", settings)
    monkeypatch.setattr(context, "console", Console(width=160))


@pytest.fixture
def readership(database, clock):
    with database.transaction() as session:
        beat(session, name="w", kind="worker", details={})
        return build_readership(
            session, now=clock.now(), states=("accepted",) * 4 + ("planned", "skipped")
        )


def test_status_speaks_in_words(podbrief, readership):
    said = podbrief("status").out
    assert said.startswith("4 of 5 accepted, 1 open.")
    assert "1 worker, no beat" in said
    assert "The broker cannot be reached" in said
    assert "Morning Five, 22 November" in said
    assert "1 quiet day" in said
    assert "holds" in said


def test_status_speaks_to_programs_in_one_line(podbrief, readership):
    ran = podbrief("status", "--json")
    assert ran.out.count("\n") == 1
    facts = json.loads(ran.out)
    assert facts["summary"] == "4 of 5 accepted, 1 open"
    assert facts["editions"][0]["equation"]["due"] == 6
    assert [worker["name"] for worker in facts["workers"]] == ["w"]


def test_status_of_an_empty_store_is_a_sentence(podbrief):
    ran = podbrief("status")
    assert ran.code == 0
    assert "Nothing is due" in ran.out
