"""PostgreSQL's files are replaced by an older copy in mid-edition: nobody gets a brief twice."""

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from service.clock import FixedClock
from service.db.database import Database
from service.db.migrate import upgrade
from service.editions.plan import plan_due
from service.embedded.postgres import EmbeddedPostgres
from service.ledger import stops
from service.sending.drain import Drain
from service.sending.pace import Pace
from service.sending.restored import go_on
from service.sending.sweep import sweep
from tests.factories.mortal import KilledError
from tests.factories.sending import equation_holds, sender_of, states
from tests.factories.store import make_insight, make_list, make_subscription
from tests.factories.store_copy import DataDirectoryCopy
from tests.factories.transports import MemoryTransport

READERS = 20
WAVE = 3
COPIED_AT, SWAPPED_AT = 4, 10  # messages taken
STEPS = (60.0,)


class SmallWaves(Pace):
    """Waves of three, however fast it goes."""

    def wave_size(self) -> int:
        return WAVE


@pytest.fixture
def server(short_folder: Callable[[], Path]) -> Iterator[EmbeddedPostgres]:
    """A server of the test's own: others must not be stopped."""
    root = short_folder()
    server = EmbeddedPostgres(root / "data", sockets=root / "s", options={"fsync": "off"})
    server.start()
    yield server
    server.stop(immediate=True)


@pytest.fixture
def readers(server: EmbeddedPostgres, clock: FixedClock) -> Iterator[Database]:
    """Twenty people whose briefs are planned."""
    with closing(server.connect()) as connection:
        connection.execute("CREATE DATABASE podbrief")
    database = Database(server.url("podbrief"))
    upgrade(database)
    with database.transaction() as session:
        newsletter = make_list(session)
        for _ in range(6):
            make_insight(session)
        for _ in range(READERS):
            make_subscription(session, newsletter)
    plan_due(database, now=clock.now())
    yield database
    database.dispose()


def swapping(server: EmbeddedPostgres, *, kills: bool) -> MemoryTransport:
    """Copy and swap while messages are handed over; `kills`: the worker dies with the swap."""
    copies: list[DataDirectoryCopy] = []

    def script(_message: object) -> None:
        if len(transport.taken) == COPIED_AT and not copies:
            copies.append(DataDirectoryCopy(server))
        if len(transport.taken) == SWAPPED_AT:
            copies[0].put_back()
            if kills:
                raise KilledError

    transport = MemoryTransport(script)
    return transport


@pytest.mark.parametrize("kills", [False, True])
def test_older_files_in_mid_edition_send_nothing_twice(server, readers, clock, tmp_path, kills):
    def drain(transport: MemoryTransport, name: str) -> Drain:
        return Drain(
            sender_of(
                *(readers, clock, transport),
                name=name,
                journals=tmp_path,
                pace=SmallWaves(),
                wait=lambda _: None,
            )
        )

    before, after = swapping(server, kills=kills), MemoryTransport()
    first = drain(before, "test:1")
    try:
        first.run()
    except KilledError:
        assert first.sender.journal is not None
        first.sender.journal.close()  # the kernel unlocks the files of the dead
    second = drain(after, "test:2")
    second.run()
    sweep(readers, now=clock.now())
    first.run()
    second.run()

    assert len(before.taken) >= SWAPPED_AT
    assert after.taken == []
    with readers.reading() as session:
        assert [stop.name for stop in stops.standing(session)] == [stops.STORE]
    found = states(readers)
    assert found.keys() == {"accepted", "in_doubt"}
    assert found["accepted"] <= len(before.taken)

    go_on(readers, tmp_path, now=clock.now(), steps=STEPS)
    second.run()
    first.run()

    everybody = before.recipients + after.recipients
    assert len(everybody) == len(set(everybody))
    assert equation_holds(readers)
