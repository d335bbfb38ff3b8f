"""A mail catcher in a process of its own, and a client that says exactly what it is told."""

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path
from typing import Self

import httpx

from service.config import ROOT
from service.embedded.catcher.ports import Ports, forget_ports, read_ports
from service.embedded.catcher.store import Inbox

PATIENCE_SECONDS = 30.0


@dataclass
class RunningCatcher:
    """A catcher that is ready; where it listens, and what it has."""

    home: Path
    ports: Ports
    process: subprocess.Popen[bytes]
    inbox: Inbox = field(init=False)

    def __post_init__(self) -> None:
        self.inbox = Inbox(self.home)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.ports.inbox}"

    def get(self, path: str, **headers: str) -> httpx.Response:
        return httpx.get(self.address + path, headers=headers, trust_env=False)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(PATIENCE_SECONDS)

    def stop(self) -> int:
        self.process.terminate()
        return self.process.wait(PATIENCE_SECONDS)


@contextmanager
def running_catcher(home: Path) -> Iterator[RunningCatcher]:
    """Start a catcher on free ports, wait until it is ready, stop it at the end."""
    forget_ports(home)
    environment = os.environ | {
        "PODBRIEF_HOME": str(home),
        "PODBRIEF_CATCHER_SMTP_PORT": "0",
        "PODBRIEF_CATCHER_INBOX_PORT": "0",
    }
    command = [sys.executable, "-m", "service.embedded.run", "catcher"]
    with subprocess.Popen(command, env=environment, cwd=ROOT) as process:
        try:
            yield RunningCatcher(home=home, ports=_ready(home, process), process=process)
        finally:
            process.terminate()


class SmtpClient:
    """A client that sends octets as given and reads replies; greeted and ready for MAIL."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_SECONDS)
        self._replies = self._socket.makefile("rb")
        self.greeting = self.reply()
        self.extensions = self.ask(b"EHLO client.example.org\r\n")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._replies.close()
        self._socket.close()

    def send(self, octets: bytes) -> None:
        self._socket.sendall(octets)

    def reply(self) -> str:
        """Return the next reply, all its lines; empty when the connection was closed."""
        lines = []
        while line := self._replies.readline().decode("ascii"):
            lines.append(line)
            if line[3:4] != "-":
                break
        return "".join(lines)

    def ask(self, octets: bytes) -> str:
        self.send(octets)
        return self.reply()

    def begin(self, recipient: str = "ana@example.org") -> None:
        """Say everything up to the 354."""
        self.send(
            f"MAIL FROM:<brief@example.org>\r\nRCPT TO:<{recipient}>\r\nDATA\r\n".encode("ascii")
        )
        assert [self.reply()[:3] for _ in range(3)] == ["250", "250", "354"]

    def deliver(self, content: bytes, recipient: str = "ana@example.org") -> str:
        """Send one mail and return the reply after the dot; `content` is sent as it is."""
        self.begin(recipient)
        return self.ask(content + b"\r\n.\r\n")


def mail(subject: str, *, html: str | None = None, text: str = "Good morning.") -> bytes:
    """Return a well-formed mail without its last CRLF, as `SmtpClient.deliver` takes it."""
    message = EmailMessage()
    message["From"] = "The Daily Five <brief@example.org>"
    message["To"] = "Ana <ana@example.org>"
    message["Subject"] = subject
    message["Message-ID"] = "<one@example.org>"
    message.set_content(text)
    if html is not None:
        message.add_alternative(html, subtype="html")
    return b"\r\n".join(message.as_bytes().splitlines())


def _ready(home: Path, process: subprocess.Popen[bytes]) -> Ports:
    deadline = time.monotonic() + PATIENCE_SECONDS
    pause = threading.Event()
    while (ports := read_ports(home)) is None:
        assert process.poll() is None, "the catcher ended before it was ready"
        assert time.monotonic() < deadline, "the catcher was not ready in time"
        pause.wait(0.02)
    return ports
