"""Doubts settled by what happened: by an event, however early it came, and by our own links."""

import datetime as dt

import pytest
from sqlalchemy import update

from service.editions.models import Batch
from service.feedback.evidence import prove_accepted, settle_by_events
from service.sending.sweep import sweep
from tests.factories.postmark_reports import about, report
from tests.factories.told import Told, make_told


@pytest.fixture
def told(database, clock) -> Told:
    return make_told(database, clock)


def test_an_event_that_came_while_we_were_sending_settles_the_doubt_that_follows(told):
    told.set_brief(state="sending")
    told.tell(report("delivery"))
    assert settle_by_events(told.database, now=told.clock.now()) == 0
    told.set_brief(state="in_doubt")  # the worker died before it could say
    assert settle_by_events(told.database, now=told.clock.now()) == 1
    found = told.brief()
    assert (found.state, found.provider_id) == ("accepted", report("delivery")["MessageID"])
    assert settle_by_events(told.database, now=told.clock.now()) == 0


def test_reports_that_prove_nothing_settle_nothing_later(told):
    told.set_brief(state="sending")
    told.tell(about("suppressed_by_hand", 1), report("delivery", RecordType="Teleported"))
    told.set_brief(state="in_doubt")
    assert settle_by_events(told.database, now=told.clock.now()) == 0


def test_a_click_on_our_own_link_settles_a_doubt(told):
    with told.database.transaction() as session:
        proof = {"local_date": told.people.local_date, "how": "up", "now": told.clock.now()}
        assert prove_accepted(session, brief_id=1, **proof) is True
        assert prove_accepted(session, brief_id=1, **proof) is False
        assert prove_accepted(session, brief_id=2, **proof) is False
    assert (told.brief(1).state, told.brief(1).reason) == ("accepted", "evidence")
    assert (told.brief(2).state, told.brief(2).reason) == ("accepted", None)


def test_a_click_while_we_are_sending_is_kept_as_proof(told):
    told.set_brief(state="sending")
    for _ in range(2):
        with told.database.transaction() as session:
            prove_accepted(
                session,
                local_date=told.people.local_date,
                brief_id=1,
                how="up",
                now=told.clock.now(),
            )
    assert [event.provider for event in told.events()] == ["podbrief"]
    told.set_brief(state="in_doubt")
    assert settle_by_events(told.database, now=told.clock.now()) == 1
    assert told.brief().state == "accepted"


def test_an_unknown_brief_stays_unknown(told):
    told.clock.advance(dt.timedelta(hours=7))
    sweep(told.database, now=told.clock.now())
    assert told.brief().state == "unknown"
    told.tell(report("delivery"))
    with told.database.transaction() as session:
        session.execute(update(Batch).values(state="ready"))
    assert settle_by_events(told.database, now=told.clock.now()) == 0
    assert told.brief().state == "unknown"
