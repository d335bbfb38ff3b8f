"""`podbrief edition …` and `podbrief brief …`, as an admin types them."""

import json

import pytest
from sqlalchemy import select

from service.cli.context import context
from service.config import read_settings
from service.editions.models import Brief
from service.ledger.heartbeats import beat
from service.sending.deliver import deliver_next_batch
from service.tokens import Signer
from tests.factories.sending import sender_of
from tests.factories.store import make_insight, make_list, make_subscriber, make_subscription
from tests.factories.transports import MemoryTransport

ANA = "ana@example.org"


@pytest.fixture(autouse=True)
def daily(database, tmp_path, monkeypatch):
    monkeypatch.setenv("PODBRIEF_HOME", str(tmp_path))
    monkeypatch.setitem(context.__dict__, "settings", read_settings())
    monkeypatch.setitem(context.__dict__, "signer", Signer([b"k" * 32]))
    with database.transaction() as session:
        newsletter = make_list(session, slug="daily", name="The Daily Five")
        for number in range(1, 7):
            make_insight(session, headline=f"Finding {number} holds", age_hours=number)
        ana = make_subscriber(session, email=ANA, address_key=ANA, name="Ana Lopes")
        make_subscription(session, newsletter, subscriber=ana)
        make_subscription(session, newsletter)


def test_waiting_without_a_worker_says_what_to_start_and_plans_nothing(podbrief, database):
    ran = podbrief("edition", "run", "--list", "daily", "--wait")

    assert ran.code == 3
    assert "no worker is running: podbrief up" in ran.err
    with database.reading() as session:
        assert session.scalars(select(Brief)).all() == []


def test_a_run_plans_everybody_and_a_second_one_nobody(podbrief):
    first = json.loads(podbrief("edition", "run", "--list", "daily", "--json").out)
    second = json.loads(podbrief("edition", "run", "--list", "daily", "--json").out)

    assert (first["due"], first["planned"], first["equation_holds"]) == (2, 2, True)
    assert (second["due"], second["already_served"]) == (0, 2)


def test_waiting_ends_when_the_last_brief_has_ended(podbrief, database, clock):
    podbrief("edition", "run", "--list", "daily")
    deliver_next_batch(sender_of(database, clock, MemoryTransport()))
    with database.transaction() as session:
        beat(session, name="test:1", kind="worker", details={})

    ran = podbrief("edition", "run", "--list", "daily", "--wait", "--json")
    shown = json.loads(podbrief("edition", "show", "--json").out)

    assert (ran.code, json.loads(ran.out)["open"]) == (0, 0)
    assert (shown[0]["accepted"], shown[0]["local_date"]) == (2, "2026-11-22")


def test_a_moment_nobody_can_read_and_a_list_nobody_knows_are_named(podbrief):
    moment = podbrief("edition", "run", "--list", "daily", "--at", "soon")
    unknown = podbrief("edition", "run", "--list", "dayly")

    assert (moment.code, unknown.code) == (2, 2)
    assert "--at soon" in moment.err
    assert "daily" in unknown.err


def test_an_edition_is_paused_resumed_and_cancelled(podbrief, database):
    podbrief("edition", "run", "--list", "daily")

    assert podbrief("edition", "pause", "1").code == 0
    assert json.loads(podbrief("edition", "show", "1", "--json").out)["state"] == "paused"
    assert podbrief("edition", "resume", "1").code == 0
    assert "2 briefs" in podbrief("edition", "cancel", "1", "--yes").out
    again = podbrief("edition", "resume", "1")
    assert (again.code, "cancelled" in again.err) == (1, True)


@pytest.mark.parametrize("form", ["html", "text", "terminal"])
def test_a_preview_shows_the_newest_finding_and_writes_nothing(podbrief, database, form):
    ran = podbrief("brief", "preview", "--list", "daily", "--subscriber", ANA, "--format", form)

    assert ran.code == 0
    assert "Finding 1 holds" in ran.out
    with database.reading() as session:
        assert session.scalars(select(Brief)).all() == []


def test_a_preview_as_json_holds_the_picks_with_their_reasons(podbrief):
    ran = podbrief("brief", "preview", "--list", "daily", "--subscriber", ANA, "--format", "json")

    shown = json.loads(ran.out)
    assert shown["subject"] == shown["picks"][0]["headline"]
    assert len(shown["picks"]) == 5
    assert all(pick["why"] for pick in shown["picks"])


def test_why_tells_the_stored_reason_of_each_pick(podbrief):
    before = podbrief("brief", "why", "--subscriber", ANA)
    podbrief("edition", "run", "--list", "daily")
    after = json.loads(podbrief("brief", "why", "--subscriber", ANA, "--json").out)
    other_day = podbrief("brief", "why", "--subscriber", ANA, "--date", "2026-11-20")

    assert (before.code, "no brief yet" in before.err) == (2, True)
    assert [len(brief["picks"]) for brief in after] == [5]
    assert after[0]["picks"][0]["why"]
    assert (other_day.code, "2026-11-20" in other_day.err) == (2, True)
