"""Run real worker processes over a store against a sink, from due to settled, and add up."""

import json
import os
import time
from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import func, select

from benchmarks.python_process import line_of, python_process
from benchmarks.stores import Store
from service.db.database import Database
from service.editions.models import Brief
from service.embedded.parts import worker_environment
from service.ledger.state import DeliveryState

CONNECTIONS_EACH = 8
END_SECONDS = 900


def run_workers(
    store: Store,
    sink_port: int,
    *,
    processes: int,
    most_batches: int = -1,
    stages: bool = True,
    apart: bool = False,
    settings: Mapping[str, str] | None = None,
    meanwhile: Callable[[], None] = lambda: None,
) -> dict[str, Any]:
    """Plan everybody and send, in `processes` processes; return the figures of the whole run.

    `apart`: nothing is sent before all is planned, so that each has its own time.
    `settings` are added to the environment; `meanwhile` is done while they work.
    """
    (store.home / "planned").unlink(missing_ok=True)
    environment = environment_of(store, sink_port, processes=processes) | dict(settings or {})
    options = ["--drain", str(most_batches), *(["--stages"] if stages else [])]
    options += ["--apart"] if apart else []
    workers = [
        python_process(
            "benchmarks.worker", *options, *(["--plan"] if not n else []), env=environment
        )
        for n in range(processes)
    ]
    for worker in workers:
        line_of(worker)  # it is ready
    database_cpu, started = store.cpu(), time.perf_counter()
    for worker in workers:
        assert worker.stdin is not None
        worker.stdin.write("go\n")
        worker.stdin.flush()
    meanwhile()
    results = [json.loads(line_of(worker)) for worker in workers]
    seconds = time.perf_counter() - started
    database_cpu = store.cpu() - database_cpu
    for worker in workers:
        worker.communicate(timeout=END_SECONDS)
    figures = _figures(results, accepted_of(store), seconds=seconds, database_cpu=database_cpu)
    # the time in which nobody but the planner can have worked
    alone = figures["plan_seconds"] if processes == 1 or apart else 0.0
    return figures | {"plan_alone_seconds": alone}


def accepted_of(store: Store) -> tuple[int, int]:
    """Return how many briefs there are, and how many of them were accepted."""
    database = Database(store.url)
    with database.reading() as session:
        planned = session.scalar(select(func.count()).where(Brief.batch_id.is_not(None))) or 0
        accepted = session.scalar(
            select(func.count()).where(Brief.state == DeliveryState.ACCEPTED.value)
        )
    database.dispose()
    return planned, accepted or 0


def _figures(
    results: list[dict[str, Any]],
    counted: tuple[int, int],
    *,
    seconds: float,
    database_cpu: float,
) -> dict[str, Any]:
    planned, accepted = counted
    plan_cpu = sum(result["plan_cpu"] for result in results)
    drain_cpu = sum(result["drain_cpu"] for result in results)
    stages: dict[str, float] = {}
    for result in results:
        for stage, spent in result["stages"].items():
            stages[stage] = stages.get(stage, 0.0) + spent
    per_planned, per_accepted = 1_000 / max(1, planned), 1_000 / max(1, accepted)
    plan_seconds = max(result["plan_seconds"] for result in results)
    return {
        "processes": len(results),
        "planned": planned,
        "accepted": accepted,
        "plan_seconds": plan_seconds,
        "seconds": seconds,
        "briefs_per_s": accepted / seconds,
        "worker_cpu_s_per_1000": plan_cpu * per_planned + drain_cpu * per_accepted,
        "plan_cpu_s_per_1000": plan_cpu * per_planned,
        "send_cpu_s_per_1000": drain_cpu * per_accepted,
        "database_cpu_s_per_1000": database_cpu * per_accepted,
        "worker_rss_mb": max(result["rss_peak_mb"] for result in results),
        "stage_us": {stage: spent * 1e6 / max(1, accepted) for stage, spent in stages.items()},
        "stages_not_found": sorted({place for result in results for place in result["missing"]}),
    }


def environment_of(store: Store, sink_port: int, *, processes: int) -> dict[str, str]:
    """Return what a worker is started with."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PODBRIEF_")}
    kept |= worker_environment(processes=processes)  # as a real worker is started
    return kept | {
        "PODBRIEF_HOME": str(store.home),
        "PODBRIEF_DATABASE_URL": store.url,
        "PODBRIEF_SMTP_URL": f"smtp+plain://127.0.0.1:{sink_port}",
        "PODBRIEF_SMTP_MAX_CONNECTIONS": str(CONNECTIONS_EACH * processes),
        "PODBRIEF_WORKER_PROCESSES": str(processes),
        "PODBRIEF_PUBLIC_URL": "https://brief.example.org",
    }
