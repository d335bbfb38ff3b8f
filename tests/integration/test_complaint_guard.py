"""Too many complaints stop a list until a person has looked."""

import datetime as dt

import pytest
from sqlalchemy import select, update

from service.audience.models import NewsletterList
from service.editions.models import Brief, Edition
from service.errors import NotFoundError
from service.feedback.complaint_guard import guard_complaints, reopen_list
from service.feedback.event_models import DeliveryEvent
from service.monitoring.alarms import AlarmName, check_ledger
from tests.factories.readership import build_readership


@pytest.fixture
def sent(database, clock):
    """A hundred briefs of one edition, accepted."""
    with database.transaction() as session:
        return build_readership(session, now=clock.now(), states=("accepted",) * 100)


@pytest.fixture
def complain(database, clock, sent):
    numbers = iter(range(1, 100))

    def complain(times):
        with database.transaction() as session:
            for _ in range(times):
                number = next(numbers)
                session.add(
                    DeliveryEvent(
                        provider="postmark",
                        event_key=str(number),
                        raw="{}",
                        kind="complained",
                        brief_id=number,
                        verdict="noted",
                        local_date=sent.local_date,
                        happened_at=clock.now(),
                        received_at=clock.now(),
                    )
                )

    return complain


def guard(database, clock) -> tuple[int, str]:
    with database.transaction() as session:
        stopped = guard_complaints(session, now=clock.now())
        return stopped, session.scalars(select(Edition.state)).one()


def test_a_few_complaints_stop_nothing(database, clock, complain):
    complain(4)
    assert guard(database, clock) == (0, "open")


def test_many_complaints_stop_the_list_and_raise_an_alarm(database, clock, complain):
    complain(5)
    assert guard(database, clock) == (1, "paused")
    assert guard(database, clock) == (0, "paused"), "once"
    with database.reading() as session:
        alarms = {alarm.name: alarm for alarm in check_ledger(session, [], now=clock.now())}
        problem = session.scalars(select(Edition.problem)).one()
    assert alarms[AlarmName.LIST_STOPPED].rings
    assert "5 complaints about 100 briefs" in problem
    assert "podbrief lists reopen daily" in problem


def test_the_share_is_the_lists_own(database, clock, complain):
    with database.transaction() as session:
        session.execute(update(NewsletterList).values(complaint_share=0.06))
    complain(5)
    assert guard(database, clock) == (0, "open")
    complain(1)
    assert guard(database, clock) == (1, "paused")


def test_an_edition_opened_later_waits_as_well(database, clock, complain, sent):
    complain(5)
    guard(database, clock)
    with database.transaction() as session:
        tomorrow = sent.local_date + dt.timedelta(days=1)
        session.add(Edition(list_id=sent.list_id, local_date=tomorrow, created_at=clock.now()))
    with database.transaction() as session:
        guard_complaints(session, now=clock.now())
        assert session.scalars(select(Edition.state)).all() == ["paused", "paused"]


def test_reopened_it_goes_on_and_only_new_complaints_count(database, clock, complain, podbrief):
    complain(5)
    guard(database, clock)
    clock.advance(dt.timedelta(hours=1))
    ran = podbrief("lists", "reopen", "daily")
    assert (ran.code, ran.out) == (0, "daily goes on; editions resumed: 1\n")
    assert guard(database, clock) == (0, "open")
    clock.advance(dt.timedelta(hours=1))
    with database.transaction() as session:
        session.execute(update(Brief).values(due_at=clock.now()))
    complain(5)
    assert guard(database, clock) == (1, "paused")


def test_a_list_nobody_complained_of_cannot_be_reopened(database, clock, sent):
    with database.transaction() as session:
        newsletter = session.get_one(NewsletterList, sent.list_id)
        with pytest.raises(NotFoundError):
            reopen_list(session, newsletter, now=clock.now())
