"""The limits of a transport are one thing for all live workers: each takes its part."""

from service.ledger.heartbeats import beat, end
from service.sending.drain import Drain
from tests.factories.sending import sender_of
from tests.factories.transports import MemoryTransport


def test_each_worker_takes_its_part_and_more_when_others_leave(database, clock):
    built: list[int] = []

    def transport_for(sharers: int) -> MemoryTransport:
        built.append(sharers)
        return MemoryTransport()

    drain = Drain(sender_of(database, clock, MemoryTransport()), transport_for=transport_for)
    drain.run()
    with database.transaction() as session:
        for name in ("other:1", "other:2"):
            beat(session, name=name, kind="worker", details={})
    drain.run()
    drain.run()
    with database.transaction() as session:
        end(session, name="other:1")
    drain.run()

    assert built == [3, 2]


def test_a_worker_never_takes_more_than_its_processes_leave_it(database, clock):
    built: list[int] = []

    def transport_for(sharers: int) -> MemoryTransport:
        built.append(sharers)
        return MemoryTransport()

    drain = Drain(
        sender_of(database, clock, MemoryTransport()),
        transport_for=transport_for,
        sharers=2,
        least_sharers=2,
    )
    drain.run()

    assert built == []
