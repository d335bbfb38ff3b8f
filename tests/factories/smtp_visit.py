"""One connection to the SMTP sink: command by command, failing where the sink says so."""

import asyncio
import base64
import contextlib
import socket
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.factories.smtp_faults import Fault

if TYPE_CHECKING:
    from tests.factories.smtp_sink import SmtpSink

END_OF_DATA = b"\r\n.\r\n"


@dataclass(frozen=True, slots=True)
class Mail:
    """One message that was taken, as it came."""

    sender: str
    recipient: str
    content: bytes
    parameters: str
    connection: int
    secure: bool
    user: str | None


class LeaveError(Exception):
    pass


def _octets(data: bytes) -> Iterator[bytes]:
    for start in range(len(data)):
        yield data[start : start + 1]


class Visit:
    """One connection to the sink."""

    def __init__(
        self,
        sink: "SmtpSink",
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        number: int,
    ) -> None:
        self.sink = sink
        self.reader = reader
        self.writer = writer
        self.number = number
        self.secure = sink.tls == "implicit"
        self.user: str | None = None
        self.sender: str | None = None
        self.recipient: str | None = None
        self.parameters = ""

    async def serve(self) -> None:
        with contextlib.suppress(LeaveError):
            await self.act("connect", b"")
            await self.act("greeting", b"220 sink.test ESMTP\r\n")
            while True:
                line = await self.reader.readuntil(b"\r\n")
                await self.command(line[:-2].decode("utf-8", "replace"))

    async def act(self, stage: str, usual: bytes) -> bool:
        """Answer as usual or fail as planned; return whether the answer was a yes."""
        fault = self.sink.fault_at(stage, self.number)
        if fault is None:
            self.writer.write(usual)
            return True
        return await self.perform(fault, usual)

    async def perform(self, fault: Fault, usual: bytes) -> bool:
        if fault.delay:
            await asyncio.sleep(fault.delay)
        if fault.silent:
            await asyncio.Event().wait()
        ends = fault.drop or fault.reset
        reply = usual if fault.reply is None and not ends else fault.reply
        for piece in _octets(reply or b"") if fault.split else (reply or b"",):
            self.writer.write(piece)
            await self.writer.drain()
            if fault.split:
                await asyncio.sleep(0.0005)  # so that each octet travels alone
        if fault.reset:
            raw = self.writer.get_extra_info("socket")
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        if ends:
            await self.leave()
        return fault.reply is None or fault.reply[:1] in b"23"

    async def leave(self) -> None:
        self.writer.close()
        raise LeaveError

    async def command(self, line: str) -> None:
        self.sink.commands.append(line)
        verb, _, rest = line.partition(" ")
        handler = getattr(self, f"on_{verb.lower()}", None)
        if handler is None:
            self.writer.write(b"500 5.5.2 what?\r\n")
            return
        await handler(rest)

    async def on_ehlo(self, _name: str) -> None:
        offers = list(self.sink.extensions)
        if self.sink.tls == "starttls" and not self.secure:
            offers.append("STARTTLS")
        if self.sink.users is not None:
            offers.append(f"AUTH {self.sink.mechanisms}")
        lines = ["sink.test", *offers]
        text = "".join(f"250-{line}\r\n" for line in lines[:-1]) + f"250 {lines[-1]}\r\n"
        await self.act("ehlo", text.encode())

    async def on_helo(self, _name: str) -> None:
        await self.act("helo", b"250 sink.test\r\n")

    async def on_starttls(self, _rest: str) -> None:
        if await self.act("starttls", b"220 2.0.0 go ahead\r\n"):
            assert self.sink._context is not None
            await self.writer.drain()
            await self.writer.start_tls(self.sink._context)
            self.secure = True

    async def on_auth(self, rest: str) -> None:
        mechanism, _, initial = rest.partition(" ")
        if mechanism == "LOGIN":
            user = await self.ask(b"334 VXNlcm5hbWU6\r\n")
            password = await self.ask(b"334 UGFzc3dvcmQ6\r\n")
        elif mechanism == "PLAIN":
            _, user, password = base64.b64decode(initial).decode().split("\0")
        else:
            fields = base64.b64decode(initial).decode().split("\x01")
            user, password = fields[0].removeprefix("user="), fields[1].removeprefix("auth=Bearer ")
        if (self.sink.users or {}).get(user) != password:
            if mechanism == "XOAUTH2":
                await self.ask(b"334 eyJzdGF0dXMiOiI0MDEifQ==\r\n")
            self.writer.write(b"535 5.7.8 bad credentials\r\n")
        elif await self.act("auth", b"235 2.7.0 welcome\r\n"):
            self.user = user

    async def ask(self, challenge: bytes) -> str:
        self.writer.write(challenge)
        return base64.b64decode(await self.reader.readuntil(b"\r\n")).decode()

    async def on_mail(self, rest: str) -> None:
        path, _, parameters = rest.removeprefix("FROM:<").partition(">")
        if self.sink.users is not None and self.user is None:
            self.writer.write(b"530 5.7.0 sign in first\r\n")
        elif self.sender is not None:
            self.writer.write(b"503 5.5.1 one at a time\r\n")
        elif await self.act("mail", b"250 2.1.0 ok\r\n"):
            self.sender, self.parameters = path, parameters.strip()

    async def on_rcpt(self, rest: str) -> None:
        if self.sender is None:
            self.writer.write(b"503 5.5.1 MAIL first\r\n")
        elif await self.act("rcpt", b"250 2.1.5 ok\r\n"):
            self.recipient = rest.removeprefix("TO:<").partition(">")[0]

    async def on_data(self, _rest: str) -> None:
        if self.recipient is None and self.sink.fault_at("data-anyway", self.number) is None:
            self.writer.write(b"503 5.5.1 RCPT first\r\n")
            return
        if not await self.act("data", b"354 go ahead\r\n"):
            return
        body = self.sink.fault_at("body", self.number)
        if body is not None:
            await self.reader.readexactly(20_000)
            transport = self.writer.transport
            assert isinstance(transport, asyncio.Transport)
            transport.pause_reading()
            await self.perform(body, b"")
        start = await self.reader.readexactly(3)
        content = b"" if start == b".\r\n" else start + await self.reader.readuntil(END_OF_DATA)
        await self.finish(content[:-3])

    async def finish(self, content: bytes) -> None:
        recipient, self.recipient = self.recipient, None
        sender, self.sender = self.sender, None
        if recipient is None:
            self.writer.write(b"554 5.5.1 no valid recipients\r\n")
            return
        fault = self.sink.fault_at("dot", self.number)
        if fault is None or fault.take or fault.says_yes:
            self.take(sender or "", recipient, content)
        if fault is None:
            self.writer.write(b"250 2.0.0 Ok: queued as SINK%d\r\n" % len(self.sink.taken))
            return
        await self.perform(fault, b"250 2.0.0 ok\r\n")

    def take(self, sender: str, recipient: str, content: bytes) -> None:
        if self.sink.truth is not None:
            start = content.lower().find(b"\nmessage-id:") + 1
            message_id = content[start:].partition(b"\r\n")[0].decode("ascii", "replace")
            with self.sink.truth.open("a") as file:
                file.write(f"{recipient}\t{message_id}\n")
        kept = content if self.sink.keep_content else b""
        self.sink.taken.append(
            Mail(sender, recipient, kept, self.parameters, self.number, self.secure, self.user)
        )

    async def on_rset(self, _rest: str) -> None:
        self.sender = self.recipient = None
        await self.act("rset", b"250 2.0.0 ok\r\n")

    async def on_quit(self, _rest: str) -> None:
        await self.act("quit", b"221 2.0.0 bye\r\n")
        await self.leave()
