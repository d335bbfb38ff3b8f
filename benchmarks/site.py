"""How many requests a second the site answers for one hot insight page.

    python -m benchmarks.site [--processes 2] [--seconds 5] [--connections 32]

Starts the site on a store of its own with the sample content, asks on 127.0.0.1 only, and prints a
line of JSON a case: the page plain and zipped, the answer to a browser that has it already, the
page made anew each time, and the page while the content changes once a second. Client and server
share the machine, so what is measured is both.
"""

import argparse
import asyncio
import datetime as dt
import http.client
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import quantiles
from typing import Any

from sqlalchemy import update

from benchmarks.hammer import hammer
from benchmarks.processes import cpu_seconds, tree
from service.audience.lists import create_list
from service.clock import SystemClock
from service.config import Settings
from service.db.database import Database
from service.db.migrate import upgrade
from service.embedded.sample import LIST_SETTINGS, LIST_SLUG, write_insights
from service.insights.models import Insight
from service.insights.reading import insights_by_id
from service.sources.import_insights import import_insights
from service.sources.line_file import open_lines

HOST = "127.0.0.1"
MOST = 200_000  # answers a case
START_SECONDS = 60


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure the public site.")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--port", type=int, default=8765)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        database, path = filled(home)
        for case, seconds_kept, header, changes in (
            ("kept, plain", 300, "", False),
            ("kept, zipped", 300, "Accept-Encoding: gzip\r\n", False),
            ("kept, 304", 300, "If-None-Match: *\r\n", False),
            ("kept, content changes each second", 300, "", True),
            ("made anew each time", 0, "", False),
        ):
            with served(home, asked, page_seconds=seconds_kept) as pid:
                found = measured(asked, database, path, header, changes, pid)
            print(json.dumps({"case": case, "processes": asked.processes, **found}), flush=True)
        database.dispose()


def measured(
    asked: argparse.Namespace,
    database: Database,
    path: str,
    header: str,
    changes: bool,  # noqa: FBT001 - one of the columns of a case
    pid: int,
) -> dict[str, Any]:
    """Ask for one case, after a second of warming up, and return the figures."""
    request = f"GET {path} HTTP/1.1\r\nHost: {HOST}\r\n{header}\r\n".encode()
    how = {"connections": asked.connections, "most": MOST}
    asyncio.run(hammer(HOST, asked.port, request, seconds=1, **how))
    before, done = cpu_seconds(pid), threading.Event()
    changing = threading.Thread(target=change_each_second, args=(database, done))
    if changes:
        changing.start()
    tally, took = asyncio.run(hammer(HOST, asked.port, request, seconds=asked.seconds, **how))
    done.set()
    if changes:
        changing.join()
    count = len(tally.milliseconds)
    times = quantiles(tally.milliseconds, n=100)
    return {
        "requests_per_s": round(count / took),
        "server_cpu_ms_per_request": round(1000 * (cpu_seconds(pid) - before) / count, 3),
        "p50_ms": round(times[49], 1),
        "p99_ms": round(times[98], 1),
        "kilobytes": round(tally.bytes / count / 1000, 1),
        "statuses": tally.statuses,
    }


def change_each_second(database: Database, done: threading.Event) -> None:
    while not done.wait(1):
        with database.transaction() as session:
            session.execute(update(Insight).where(Insight.id == 2).values(changed_at=_now()))  # noqa: PLR2004


def filled(home: Path) -> tuple[Database, str]:
    """Make a store with the sample content; return it and the path of a page."""
    database = Database(Settings(home=home, _env_file=None).database_url)
    upgrade(database)
    with database.transaction() as session:
        create_list(session, slug=LIST_SLUG, settings=LIST_SETTINGS, now=_now())
    write_insights(home / "insights.jsonl", series=_now().date(), now=_now())
    with open_lines(str(home / "insights.jsonl")) as lines:
        import_insights(lines, database=database, clock=SystemClock())
    with database.reading() as session:
        return database, insights_by_id(session, ids=[1])[0].path


@contextmanager
def served(home: Path, asked: argparse.Namespace, *, page_seconds: int) -> Iterator[int]:
    """Run the site as an installation does, and return its process once all of it answers."""
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("PODBRIEF_")},
        "PODBRIEF_HOME": str(home),
        "PODBRIEF_WEB_PORT": str(asked.port),
        "PODBRIEF_WEB_PROCESSES": str(asked.processes),
        "PODBRIEF_WEB_PAGE_SECONDS": str(page_seconds),
        "PODBRIEF_LOG_LEVEL": "error",
    }
    command = [sys.executable, "-m", "service.embedded.run", "web"]
    process = subprocess.Popen(command, env=environment)
    try:
        until = time.monotonic() + START_SECONDS
        while not (_answers(asked.port) and len(tree(process.pid)) >= asked.processes):
            if process.poll() is not None or time.monotonic() > until:
                sys.exit("the site did not start: is its port free? See --port")
            time.sleep(0.1)
        yield process.pid
    finally:
        process.terminate()
        process.wait(20)


def _answers(port: int) -> bool:
    line = http.client.HTTPConnection(HOST, port, timeout=2)
    try:
        line.request("GET", "/livez")
        return line.getresponse().status == http.client.OK
    except OSError:
        return False
    finally:
        line.close()


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


if __name__ == "__main__":
    main()
