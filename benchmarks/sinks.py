"""Start a sink: our own, or postfix's smtp-sink where it is installed."""

import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from benchmarks.processes import cpu_seconds
from benchmarks.python_process import line_of, python_process

OWN, POSTFIX = "own", "postfix"
START_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Sink:
    """A running sink."""

    kind: str
    process: subprocess.Popen[str]
    port: int

    @property
    def cpu(self) -> float:
        """CPU seconds it has used."""
        return cpu_seconds(self.process.pid)

    def taken(self) -> dict[str, int] | None:
        """Stop it; return how many mails and octets came, if it is one that counts."""
        self.process.terminate()
        if self.kind != OWN:
            return None
        counts: dict[str, int] = json.loads(line_of(self.process))
        return counts


def smtp_sink() -> str | None:
    """Return the path of smtp-sink where postfix is installed."""
    return shutil.which("smtp-sink") or shutil.which("smtp-sink", path="/usr/sbin")


@contextmanager
def running_sink(kind: str = OWN) -> Iterator[Sink]:
    """Give a sink of its own to each measurement."""
    sink = _postfix() if kind == POSTFIX else _own()
    try:
        yield sink
    finally:
        sink.process.terminate()
        sink.process.wait(30)
        if sink.process.stdout is not None:
            sink.process.stdout.close()


def _own() -> Sink:
    process = python_process("benchmarks.sink", stdin=subprocess.DEVNULL)
    return Sink(OWN, process, int(line_of(process)))


def _postfix() -> Sink:
    program = smtp_sink()
    if program is None:
        raise FileNotFoundError("smtp-sink is not installed: it comes with postfix")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    as_nobody = ["-u", "nobody"] if os.geteuid() == 0 else []  # it refuses to run as root
    process = subprocess.Popen([program, *as_nobody, f"inet:127.0.0.1:{port}", "512"], text=True)
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return Sink(POSTFIX, process, port)
        time.sleep(0.02)
    process.terminate()
    raise TimeoutError("smtp-sink did not start")
