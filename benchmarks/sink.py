"""A server that takes every mail and forgets it, as cheaply as Python can: `-m benchmarks.sink`.

It prints its port, and on SIGTERM one line of JSON: mails and octets taken. It trusts its clients
to follow RFC 2920: behind the lone dot stands at most one group of commands, so the dot is looked
for in the last octets that came and nowhere else.
"""

import asyncio
import json
import signal
import socket

READ_SIZE = 1024 * 1024
LONGEST_GROUP = 4096
END = b"\r\n.\r\n"
GREETING = b"220 sink ESMTP\r\n"
OFFERS = b"250-sink\r\n250-PIPELINING\r\n250-SIZE 104857600\r\n250-8BITMIME\r\n250 SMTPUTF8\r\n"
CONTENT = b"354 go on\r\n"
OK = b"250 2.0.0 ok\r\n"
BYE = b"221 2.0.0 bye\r\n"


class Counts:
    """What came."""

    mails = 0
    octets = 0


class Sink(asyncio.BufferedProtocol):
    """One connection."""

    def __init__(self, counts: Counts) -> None:
        self._counts = counts
        self._buffer = bytearray(READ_SIZE)
        self._view = memoryview(self._buffer)
        self._kept = 0  # octets at the front of the buffer that wait for more
        self._in_content = False
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        line: socket.socket = transport.get_extra_info("socket")
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        transport.write(GREETING)

    def get_buffer(self, _hint: int) -> memoryview:
        return self._view[self._kept :]

    def buffer_updated(self, count: int) -> None:
        self._counts.octets += count
        end = self._kept + count
        if self._in_content:
            found = self._buffer.rfind(END, max(0, end - LONGEST_GROUP), end)
            if found < 0:
                # the dot may be cut in two: its first octets stay
                tail = bytes(self._view[max(0, end - len(END) + 1) : end])
                self._view[: len(tail)] = tail
                self._kept = len(tail)
                return
            self._in_content = False
            self._counts.mails += 1
            self._answer(OK, self._view[found + len(END) : end])
        else:
            self._answer(b"", self._view[:end])

    def _answer(self, reply: bytes, commands: memoryview) -> None:
        *lines, rest = bytes(commands).split(b"\r\n")
        for line in lines:
            reply += self._reply(line)
        self._view[: len(rest)] = rest
        self._kept = len(rest)
        if reply and self._transport is not None:
            self._transport.write(reply)
            if reply.endswith(BYE):
                self._transport.close()

    def _reply(self, line: bytes) -> bytes:
        word = line[:4].upper()
        if word == b"DATA":
            self._in_content = True
            return CONTENT
        if word == b"EHLO":
            return OFFERS
        return BYE if word == b"QUIT" else OK


async def serve() -> None:
    """Take mails until SIGTERM."""
    counts = Counts()
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, ended.set)
    server = await loop.create_server(lambda: Sink(counts), "127.0.0.1", 0, backlog=512)
    print(server.sockets[0].getsockname()[1], flush=True)
    await ended.wait()
    print(json.dumps({"mails": counts.mails, "octets": counts.octets}), flush=True)


if __name__ == "__main__":
    asyncio.run(serve())
