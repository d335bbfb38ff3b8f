"""One Celery task per mail, over an embedded Valkey: how the plain way is usually queued."""

import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import redis
from celery import Celery

from benchmarks.plain_way import send_plainly
from benchmarks.processes import cpu_seconds
from service.embedded.valkey import answers, valkey_server

PROCESSES = 2
START_SECONDS = 30.0
END_SECONDS = 300.0
POLL_SECONDS = 0.02

app = Celery("plain", broker=os.environ.get("PLAIN_BROKER"))
app.conf.update(task_ignore_result=True, worker_hijack_root_logger=False)


@app.task(name="plain.send")
def send(number: int, port: int) -> None:
    send_plainly(number, port)


def run_plain_tasks(sink_port: int, *, mails: int) -> dict[str, Any]:
    """Queue and send `mails`, a task each; CPU of publisher and workers together."""
    folder = Path(tempfile.mkdtemp(prefix="pb-plain-"))
    socket_path = folder / "valkey.sock"
    broker = subprocess.Popen(
        [
            *(str(valkey_server()), "--port", "0", "--unixsocket", str(socket_path)),
            *("--dir", str(folder), "--save", "", "--appendonly", "no", "--loglevel", "warning"),
        ],
        stdout=subprocess.DEVNULL,
    )
    url = f"redis+socket://{socket_path}?virtual_host=0"
    worker = None
    try:
        _wait_until(lambda: answers(socket_path))
        app.conf.update(broker_url=url)
        worker = subprocess.Popen(
            [
                *(sys.executable, "-W", "ignore", "-m", "celery", "--quiet"),
                *("-A", "benchmarks.plain_tasks", "worker", "--pool", "prefork"),
                *("--concurrency", str(PROCESSES), "--loglevel", "error"),
                *("--without-gossip", "--without-mingle", "--without-heartbeat"),
            ],
            env={**os.environ, "PLAIN_BROKER": url},
        )
        return _measured(worker.pid, socket_path, sink_port, mails)
    finally:
        for process in (worker, broker):
            if process is not None:
                process.terminate()
                process.wait(30)
        shutil.rmtree(folder, ignore_errors=True)


def _measured(worker: int, broker: Path, sink_port: int, mails: int) -> dict[str, Any]:
    with redis.Redis(unix_socket_path=str(broker)) as client:

        def all_sent() -> bool:
            return not (client.llen("celery") or client.hlen("unacked"))

        for _ in range(PROCESSES * 2):  # so that every process has loaded what it needs
            send.delay(0, sink_port)
        _wait_until(all_sent)
        cpu, ours, started = cpu_seconds(worker), _own_cpu(), time.perf_counter()
        for number in range(mails):
            send.delay(number, sink_port)
        _wait_until(all_sent, seconds=END_SECONDS)
        seconds = time.perf_counter() - started
    spent = cpu_seconds(worker) - cpu + _own_cpu() - ours
    return {
        "mails": mails,
        "briefs_per_s": mails / seconds,
        "worker_cpu_s_per_1000": spent * 1_000 / mails,
    }


def _own_cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _wait_until(condition: Callable[[], bool], seconds: float = START_SECONDS) -> None:
    until = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > until:
            raise TimeoutError("the plain Celery worker did not come along")
        time.sleep(POLL_SECONDS)
