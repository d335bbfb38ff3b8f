"""The line to PostgreSQL dies without a word: that is noticed, and nobody is sent to twice."""

import socket
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import func, select, text, update

from service.clock import FixedClock
from service.db.connect_postgresql import Patience
from service.db.database import Database
from service.editions.models import Brief
from service.editions.plan import plan_due
from service.embedded.postgres import EmbeddedPostgres
from service.errors import UnavailableError
from service.ledger.models import Wave
from service.sending.drain import Drain
from service.sending.pace import Pace
from tests.factories.half_open_proxy import COMMIT, HalfOpenProxy
from tests.factories.sending import equation_holds, sender_of, states
from tests.factories.store import make_insight, make_list, make_subscription
from tests.factories.transports import MemoryTransport

ANSWER_SECONDS = 0.4
READERS = 12
WAVE = 3


class SmallWaves(Pace):
    """Waves of three, however fast it goes."""

    def wave_size(self) -> int:
        return WAVE


@pytest.fixture
def proxy(postgresql: EmbeddedPostgres) -> Iterator[HalfOpenProxy]:
    with HalfOpenProxy(postgresql.socket) as proxy:
        yield proxy


@pytest.fixture
def near(postgresql_url: str) -> Iterator[Database]:
    """The store without anything in between."""
    store = Database(postgresql_url)
    yield store
    store.dispose()


@pytest.fixture
def far(near: Database, proxy: HalfOpenProxy) -> Iterator[Database]:
    """The same store through the proxy, for somebody with little patience."""
    patience = Patience(connect_seconds=2, answer_seconds=ANSWER_SECONDS)
    store = Database(proxy.url(str(near.url.database)), patience=patience)
    yield store
    proxy.mend()
    store.dispose()


@pytest.fixture
def readers(near: Database, clock: FixedClock) -> Database:
    """Twelve people due now, in one edition."""
    with near.transaction() as session:
        newsletter = make_list(session)
        for _ in range(6):
            make_insight(session)
        for _ in range(READERS):
            make_subscription(session, newsletter)
    plan_due(near, now=clock.now())
    return near


@pytest.mark.parametrize("answers_only", [False, True])
def test_silence_is_noticed_and_the_next_question_goes_another_way(far, proxy, answers_only):
    far.ping()
    assert proxy.fall_silent(answers_only=answers_only) == 1
    began = time.monotonic()

    far.ping()  # asks first whether the line is whole, and opens another

    assert ANSWER_SECONDS < time.monotonic() - began < 10 * ANSWER_SECONDS
    assert far.connections_made == 2


def fall_silent_within(store: Database, proxy: HalfOpenProxy, first: str, then: str) -> None:
    with store.transaction() as session:
        session.execute(text(first))
        proxy.fall_silent()
        session.execute(text(then))


def test_silence_in_the_middle_of_a_transaction_is_the_store_being_away(far, proxy):
    with pytest.raises(UnavailableError, match="the line to the store is dead"):
        fall_silent_within(far, proxy, "SELECT 1", "SELECT 2")

    far.ping()


def test_who_cannot_connect_is_told_so_in_time(far, proxy):
    proxy.cut_off()
    began = time.monotonic()

    with pytest.raises(UnavailableError, match="time"):
        far.ping()

    assert time.monotonic() - began < 8
    proxy.mend()
    far.ping()


def test_a_slow_statement_is_ended_by_the_server_and_its_connection_stays_good(far):
    with pytest.raises(UnavailableError, match="statement timeout"), far.reading() as session:
        session.execute(text("SELECT pg_sleep(20)"))

    far.ping()
    assert far.connections_made == 1


def test_what_somebody_who_vanished_had_locked_is_let_go(readers, far, proxy):
    with pytest.raises(UnavailableError):
        fall_silent_within(far, proxy, "UPDATE briefs SET reply = 'seen'", "SELECT 1")

    began = time.monotonic()
    with readers.transaction() as session:  # no word of the end has reached the server
        session.execute(update(Brief).values(reply="seen"))

    assert time.monotonic() - began < 20 * ANSWER_SECONDS


def test_the_kernels_of_both_ends_are_told_to_look(far):
    patient = Patience(answer_seconds=60)
    with Database(far.url.render_as_string(hide_password=False), patience=patient).reading() as s:
        line: Any = s.connection().connection.driver_connection
        end = socket.fromfd(line.fileno(), socket.AF_INET, socket.SOCK_STREAM)
        with end:
            told = {
                name: end.getsockopt(level, getattr(socket, name))
                for level, name in (
                    (socket.SOL_SOCKET, "SO_KEEPALIVE"),
                    (socket.IPPROTO_TCP, "TCP_KEEPIDLE"),
                    (socket.IPPROTO_TCP, "TCP_KEEPINTVL"),
                    (socket.IPPROTO_TCP, "TCP_KEEPCNT"),
                    (socket.IPPROTO_TCP, "TCP_USER_TIMEOUT"),
                )
            }
        said = {
            name: s.scalar(text(f"SHOW {name}"))
            for name in ("statement_timeout", "idle_in_transaction_session_timeout", "TimeZone")
        }
        s.connection().connection.invalidate()

    assert told == {
        "SO_KEEPALIVE": 1,
        "TCP_KEEPIDLE": 30,
        "TCP_KEEPINTVL": 10,
        "TCP_KEEPCNT": 3,
        "TCP_USER_TIMEOUT": 60_000,
    }
    assert said == {
        "statement_timeout": "1min",
        "idle_in_transaction_session_timeout": "5min",
        "TimeZone": "UTC",
    }
    for options in (Patience().at_the_server(), patient.at_the_server()):
        assert "-c tcp_keepalives_idle=30" in options
        assert "-c tcp_user_timeout=60000" in options


def deaf(proxy: HalfOpenProxy) -> None:
    proxy.fall_silent()


def hears_nothing(proxy: HalfOpenProxy) -> None:
    proxy.fall_silent(answers_only=True)


def commit_unheard(proxy: HalfOpenProxy) -> None:
    proxy.lose_the_answer_to(COMMIT)


@pytest.mark.parametrize("break_it", [deaf, hears_nothing, commit_unheard])
@pytest.mark.parametrize("at", [1, WAVE, WAVE + 1])
def test_in_mid_edition_nobody_is_lost_and_nobody_sent_to_twice(
    readers, far, proxy, clock, tmp_path, break_it: Callable[[HalfOpenProxy], None], at: int
):
    def script(_message):
        if len(transport.taken) == at - 1:
            break_it(proxy)

    transport = MemoryTransport(script)
    sender = sender_of(
        far, clock, transport, journals=tmp_path, pace=SmallWaves(), wait=lambda _: None
    )
    drain = Drain(sender)
    while drain.run():
        pass

    assert proxy.silenced + proxy.lost_answers == 1
    assert sorted(transport.recipients) == sorted(set(transport.recipients))
    assert len(transport.taken) == READERS
    assert transport.waves == [WAVE] * (READERS // WAVE)  # one that was marked unheard was found
    assert states(readers) == {"accepted": READERS}
    assert equation_holds(readers)
    with readers.reading() as session:
        assert session.scalar(select(func.count()).select_from(Wave)) == READERS // WAVE
