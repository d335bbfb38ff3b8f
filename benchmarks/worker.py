"""One worker process as Celery's pool would run it, without Celery: `-m benchmarks.worker`.

It builds the same context as a pool child, says `ready`, waits for a line, plans (`--plan`) and
drains until nothing is left, then prints what that cost as one line of JSON.
"""

import argparse
import json
import os
import sys
import threading
import time
from pathlib import Path

from benchmarks.processes import forget_peak, memory_mb, peak_memory_mb
from benchmarks.stages import Stopwatch
from service.editions.plan import plan_due
from service.log import set_up_logging
from service.sending.deliver import deliver_next_batch
from workers.context import WorkerContext, context

LOOK_AGAIN_SECONDS = 0.1


def main() -> None:
    """Work, and say what it cost."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--plan", action="store_true", help="plan first, then drain")
    parser.add_argument("--drain", type=int, default=-1, help="batches at most; -1: all")
    parser.add_argument("--stages", action="store_true", help="count CPU by stage")
    parser.add_argument("--apart", action="store_true", help="send nothing before all is planned")
    wishes = parser.parse_args()
    set_up_logging(level="warning", style="console")
    stopwatch = Stopwatch()
    if wishes.stages:
        stopwatch.watch()
    here = context()
    done = Path(os.environ["PODBRIEF_HOME"]) / "planned"
    print("ready", flush=True)
    sys.stdin.readline()
    forget_peak()
    if wishes.apart and not wishes.plan:
        wait_for(done)
    result = work(here, done, plan=wishes.plan, most=wishes.drain)
    result |= {
        "rss_mb": memory_mb(),
        "rss_peak_mb": peak_memory_mb(),
        "stages": dict(stopwatch.seconds),
        "missing": stopwatch.missing,
    }
    print(json.dumps(result), flush=True)


def work(here: WorkerContext, done: Path, *, plan: bool, most: int) -> dict[str, object]:
    """Plan and drain; return the CPU and the time each took."""
    began, cpu = time.perf_counter(), cpu_now()
    planned = 0
    if plan:
        planned = plan_due(here.database, now=here.clock.now()).planned
        done.touch()
    planned_at, planned_cpu = time.perf_counter(), cpu_now()
    batches = drain(here, done, most=most)
    here.drain.sender.transport.close()
    ended, ended_cpu = time.perf_counter(), cpu_now()
    return {
        "planned": planned,
        "batches": batches,
        "plan_seconds": planned_at - began,
        "plan_cpu": planned_cpu - cpu,
        "drain_seconds": ended - planned_at,
        "drain_cpu": ended_cpu - planned_cpu,
        "threads": threading.active_count(),
    }


def drain(here: WorkerContext, done: Path, *, most: int) -> int:
    """Deliver batches until nothing is left; return how many."""
    batches = 0
    while batches != most:
        over = done.exists()  # asked before: what is planned meanwhile is then seen
        if most < 0:
            found = here.drain.run()
        else:
            here.drain.sender.turn_journal()
            found = int(deliver_next_batch(here.drain.sender))
        batches += found
        if not found:
            if over:
                break
            time.sleep(LOOK_AGAIN_SECONDS)
    return batches


def wait_for(done: Path) -> None:
    """Wait until another process has planned everything."""
    while not done.exists():
        time.sleep(LOOK_AGAIN_SECONDS)


def cpu_now() -> float:
    """Return the CPU seconds of this process, user and system."""
    times = os.times()
    return times.user + times.system


if __name__ == "__main__":
    main()
