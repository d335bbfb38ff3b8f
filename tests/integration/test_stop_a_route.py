"""A sign of duplicates stops its route at once, for everybody, until a person has looked."""

import pytest
from sqlalchemy import select, update

from service.clock import FixedClock
from service.config import Settings
from service.db.database import Database
from service.editions.models import Brief
from service.ledger import stops
from service.ledger.attempts import attempts_of
from service.monitoring.health import check_parts
from service.monitoring.reconcile import reconcile
from service.sending.deliver import deliver_next_batch
from service.sending.pace import Pace
from tests.factories.postmark_reports import report
from tests.factories.sending import sender_of, states
from tests.factories.told import make_told
from tests.factories.transports import MemoryTransport


def send_with_a_thief(planned: Database, clock: FixedClock, *, state: str) -> MemoryTransport:
    """Deliver a wave while somebody without manners marks its first brief a second time."""

    def steal(message):
        with planned.transaction() as session:
            session.execute(
                update(Brief)
                .where(Brief.id == message.delivery_id, Brief.id == 1)
                .values(wave_id="thief", attempt=2, state=state)
            )

    transport = MemoryTransport(steal)
    deliver_next_batch(sender_of(planned, clock, transport, pace=Pace(per_second=1)))
    return transport


def routes_stopped(database: Database) -> list[str]:
    with database.reading() as session:
        return [stop.reason for stop in stops.standing(session) if stops.route_of(stop) == "memory"]


@pytest.mark.parametrize("state", ["accepted", "sending", "planned"])
def test_a_brief_that_two_hand_overs_had_stops_the_route(planned, clock, state):
    first = send_with_a_thief(planned, clock, state=state)

    assert len(first.taken) == 2  # the wave that showed it, and nothing after
    (reason,) = routes_stopped(planned)
    assert "brief 1 " in reason
    other = MemoryTransport()
    assert deliver_next_batch(sender_of(planned, clock, other, name="test:2")) is False
    assert other.taken == []
    with planned.reading() as session:
        local_date = session.scalars(select(Brief.local_date).limit(1)).one()
        (noted,) = attempts_of(session, local_date=local_date, brief_id=1)
    assert (noted.verdict, noted.attempt) == ("accepted", 1)


def test_settling_the_same_wave_again_is_no_sign(planned, clock):
    def settle_first(message):
        with planned.transaction() as session:
            session.execute(
                update(Brief).where(Brief.id == message.delivery_id).values(state="accepted")
            )

    transport = MemoryTransport(settle_first)
    deliver_next_batch(sender_of(planned, clock, transport))

    assert len(transport.taken) == 7
    assert routes_stopped(planned) == []


def test_other_routes_go_on(planned, clock):
    with planned.transaction() as session:
        stops.stop_route(session, "elsewhere", "somebody has two", by="test", now=clock.now())

    deliver_next_batch(sender_of(planned, clock, MemoryTransport()))

    assert states(planned) == {"accepted": 7}


def test_it_is_seen_everywhere_and_lifted_by_hand(planned, clock, podbrief, tmp_path, monkeypatch):
    monkeypatch.setenv("PODBRIEF_HOME", str(tmp_path))
    monkeypatch.setenv("PODBRIEF_BROKER_URL", "redis://127.0.0.1:1/0")
    send_with_a_thief(planned, clock, state="accepted")

    settings = Settings(home=tmp_path, broker={"url": "redis://127.0.0.1:1/0"}, _env_file=None)
    wrong = {check.part: check.wrong for check in check_parts(planned, settings)}
    assert "podbrief route open memory" in (wrong["sending"] or "")
    with planned.reading() as session:
        ringing = {alarm.name.value for alarm in reconcile(session, now=clock.now()).ringing}
    assert {"route_stopped", "accepted_twice"} <= ringing
    assert "memory" in podbrief("route", "show").out
    assert "route open memory" in podbrief("status").out.replace("\n", " ")

    assert podbrief("route", "open", "memory").code == 0
    assert podbrief("route", "open", "memory").code == 2  # nothing stops it any more
    assert routes_stopped(planned) == []
    transport = MemoryTransport()
    assert deliver_next_batch(sender_of(planned, clock, transport, name="test:2")) is True
    assert len(transport.taken) == 5


def test_an_operator_may_stop_one_with_a_reason(planned, clock, podbrief, tmp_path, monkeypatch):
    monkeypatch.setenv("PODBRIEF_HOME", str(tmp_path))
    assert podbrief("route", "stop", "memory", "--reason", "moving the relay").code == 0

    assert deliver_next_batch(sender_of(planned, clock, MemoryTransport())) is False
    assert routes_stopped(planned) == ["moving the relay"]
    assert states(planned) == {"planned": 7}


@pytest.mark.parametrize(
    ("known", "transport", "stopped"),
    [
        ("another-mail", "postmark", True),
        ("the-same", "postmark", False),
        ("queued-7", "smtp", False),  # ids of two kinds: nothing to compare
        (None, "postmark", False),
    ],
)
def test_an_event_about_another_mail_of_the_same_brief_stops_its_route(
    database, clock, known, transport, stopped
):
    told = make_told(database, clock)
    told.set_brief(state="accepted", provider_id=known, transport=transport)
    told.tell(report("delivery", MessageID="the-same"))

    with database.reading() as session:
        found = [stops.route_of(stop) for stop in stops.standing(session)]
    assert found == (["postmark"] if stopped else [])
    assert told.brief().state == "accepted"
