"""A server that is far away: each octet takes 20 ms each way, so a round trip takes 40."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import select

from benchmarks.drive_workers import CONNECTIONS_EACH, run_workers
from benchmarks.fill_store import Amounts
from benchmarks.sinks import running_sink
from benchmarks.stores import POSTGRESQL, Store, filled_store
from service.db.database import Database
from service.ledger.models import Wave
from service.sending.pace import LARGEST_WAVE

ROUND_TRIP_SECONDS = 0.04
BRIEFS = 3_000
READ_SIZE = 256 * 1024


def measure_real_links() -> dict[str, Any]:
    """Return the rate over slow lines, and its share of one message a connection and round trip."""
    with (
        filled_store(POSTGRESQL, Amounts(people=BRIEFS)) as store,
        running_sink() as sink,
        far_away(sink.port) as port,
    ):
        run = run_workers(store, port, processes=1, stages=False)
        rate = _sustained_rate(store)
    return {
        "accepted": run["accepted"],
        "sending_per_s": rate,
        "of_connections_by_round_trip": rate * ROUND_TRIP_SECONDS / CONNECTIONS_EACH,
    }


def _sustained_rate(store: Store) -> float:
    """Return how many a second went out once waves had grown to what the line carries."""
    database = Database(store.url)
    with database.reading() as session:
        waves = session.execute(
            select(Wave.size, Wave.started_at, Wave.settled_at)
            .where(Wave.settled_at.is_not(None))
            .order_by(Wave.started_at)
        ).all()
    database.dispose()
    full = [wave for wave in waves if wave.size >= LARGEST_WAVE / 2]
    if not full:
        return 0.0
    ended = max(wave.settled_at for wave in full if wave.settled_at is not None)
    sent: int = sum(wave.size for wave in full)
    return float(sent / (ended - full[0].started_at).total_seconds())


@contextmanager
def far_away(port: int) -> Iterator[int]:
    """Give a port that leads to `port`, half a round trip away."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    server = asyncio.run_coroutine_threadsafe(_serve(port), loop).result()
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        loop.call_soon_threadsafe(server.close)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()


async def _serve(port: int) -> asyncio.Server:
    async def connect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", port)
        await asyncio.gather(_carry(reader, back), _carry(there, writer))

    return await asyncio.start_server(connect, "127.0.0.1", 0)


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Hand on what comes, each piece so much later than it came: late, but not slow."""
    loop = asyncio.get_running_loop()
    while data := await reader.read(READ_SIZE):
        loop.call_later(ROUND_TRIP_SECONDS / 2, writer.write, data)
    loop.call_later(ROUND_TRIP_SECONDS / 2, writer.close)
