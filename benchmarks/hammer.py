"""Ask one address as often as it answers: a small HTTP/1.1 client that costs little itself."""

import asyncio
import time
from dataclasses import dataclass, field


@dataclass
class Tally:
    """What came back."""

    statuses: dict[int, int] = field(default_factory=dict)
    milliseconds: list[float] = field(default_factory=list)
    bytes: int = 0


async def hammer(
    host: str, port: int, request: bytes, *, connections: int, seconds: float, most: int
) -> tuple[Tally, float]:
    """Send `request` over and over on kept connections; return the tally and the seconds it took.

    Ends after `seconds`, or after `most` answers, whichever comes first.
    """
    tally = Tally()
    begun = time.perf_counter()
    until = begun + seconds

    async def one_line() -> None:
        reader, writer = await asyncio.open_connection(host, port)
        while time.perf_counter() < until and len(tally.milliseconds) < most:
            asked = time.perf_counter()
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            length = _length(head)
            if length:
                await reader.readexactly(length)
            status = int(head[9:12])
            tally.statuses[status] = tally.statuses.get(status, 0) + 1
            tally.milliseconds.append((time.perf_counter() - asked) * 1000)
            tally.bytes += len(head) + length
        writer.close()
        await writer.wait_closed()

    await asyncio.gather(*(one_line() for _ in range(connections)))
    return tally, time.perf_counter() - begun


def _length(head: bytes) -> int:
    _, found, rest = head.lower().partition(b"content-length:")
    return int(rest.partition(b"\r\n")[0]) if found else 0
