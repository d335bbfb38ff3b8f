"""What the web process and beat hold in memory, started as an installation starts them."""

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import client
from typing import Any

from benchmarks.drive_workers import environment_of
from benchmarks.fill_store import Amounts
from benchmarks.processes import memory_mb, peak_memory_mb, tree
from benchmarks.stores import POSTGRESQL, filled_store
from service.config import Settings
from service.embedded.parts import beat_command
from service.embedded.valkey import answers, valkey_part
from service.jobs import broker_socket

PEOPLE = 2_000
VISITS = 200
PAGES = ("/help", "/livez", "/readyz", "/metrics", "/search?q=bees", "/no-such-page")
BEATS_SECONDS = 5.0  # a few rounds of its schedule
START_SECONDS = 60.0
END_SECONDS = 30


def measure_footprint() -> dict[str, Any]:
    """Return the peak memory of both, in megabytes."""
    with filled_store(POSTGRESQL, Amounts(people=PEOPLE)) as store:
        port = _free_port()
        environment = environment_of(store, 0, processes=1) | {
            "PODBRIEF_WEB_PORT": str(port),
            "PODBRIEF_LOG_LEVEL": "error",
        }
        settings = Settings(home=store.home, database_url=store.url)
        socket_path = broker_socket(store.home)
        with (
            _running(valkey_part(store.home).command, environment),
            _running((sys.executable, "-m", "service.embedded.run", "web"), environment) as web,
            _running(tuple(beat_command(settings)), environment) as beat,
        ):
            _wait_until(lambda: answers(socket_path) and _page(port, "/livez")[0] == client.OK)
            home = _page(port, "/")[1].decode()
            pages = ("/", *PAGES, *sorted(set(re.findall(r'href="(/[^"#]*)"', home))))
            for number in range(VISITS):
                _page(port, pages[number % len(pages)])
            time.sleep(BEATS_SECONDS)
            return {
                "web_peak_mb": _peak(web.pid),
                "web_now_mb": memory_mb(web.pid),
                "beat_peak_mb": _peak(beat.pid),
                "beat_now_mb": memory_mb(beat.pid),
                "visits": VISITS,
                "pages": len(pages),
            }


@contextmanager
def _running(
    command: tuple[str, ...], environment: dict[str, str]
) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(END_SECONDS)


def _peak(pid: int) -> float:
    return sum(peak_memory_mb(member) for member in tree(pid))


def _page(port: int, path: str) -> tuple[int, bytes]:
    connection = client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        return response.status, response.read()
    except OSError:  # not listening yet
        return 0, b""
    finally:
        connection.close()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def _wait_until(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + START_SECONDS
    while not condition():
        if time.monotonic() > until:
            raise TimeoutError(f"no answer within {START_SECONDS:.0f} s, as process {os.getpid()}")
        time.sleep(0.05)
