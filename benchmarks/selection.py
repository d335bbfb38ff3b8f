"""What choosing costs alone: `-m benchmarks.selection --subscribers 100000 --candidates 2000`.

Everybody has interests, most a taste and all a history; the whole formula runs over every fresh
candidate, and briefs, picks and what replay needs are written to the store. Nothing is sent.
"""

import argparse
import json
import os
import subprocess
import sys

from benchmarks.fill_store import Amounts
from benchmarks.processes import forget_peak, peak_memory_mb
from benchmarks.stages import Stopwatch
from benchmarks.stores import POSTGRESQL, SQLITE, filled_store
from benchmarks.worker import cpu_now
from service.clock import SystemClock
from service.db.database import Database
from service.editions.plan import plan_due

_HERE = "benchmarks.selection"


def main() -> None:
    """Fill a store, choose in a process of its own, print what it cost."""
    parser = argparse.ArgumentParser(prog=f"python -m {_HERE}", description=__doc__)
    parser.add_argument("--subscribers", type=int, default=100_000)
    parser.add_argument("--candidates", type=int, default=2_000)
    parser.add_argument("--history", type=int, default=25, help="stories each was shown before")
    parser.add_argument("--store", choices=[SQLITE, POSTGRESQL], default=POSTGRESQL)
    parser.add_argument("--measure", metavar="URL", help=argparse.SUPPRESS)
    wishes = parser.parse_args()
    if wishes.measure:
        print(json.dumps(measure(wishes.measure)))
        return
    amounts = Amounts(
        people=wishes.subscribers,
        insights=wishes.candidates,
        history=wishes.history,
        oldest_hours=71.0,
    )
    with filled_store(wishes.store, amounts) as store:
        server = store.cpu()
        done = subprocess.run(
            [sys.executable, "-m", _HERE, "--measure", store.url],
            check=True,
            capture_output=True,
            text=True,
            env=os.environ | {"OPENBLAS_NUM_THREADS": "1"},  # as every command of ours runs
        )
        server = store.cpu() - server
    show(json.loads(done.stdout.splitlines()[-1]), wishes, server=server)


def measure(url: str) -> dict[str, object]:
    """Choose for everybody who is due; return the CPU seconds of each stage and the peak memory."""
    database = Database(url)
    stopwatch = Stopwatch()
    stopwatch.watch()
    forget_peak()
    began = cpu_now()
    tally = plan_due(database, now=SystemClock().now())
    return {
        "planned": tally.planned,
        "skipped": tally.skipped,
        "cpu_seconds": cpu_now() - began,
        "stages": dict(stopwatch.seconds),
        "missing": stopwatch.missing,
        "peak_mb": peak_memory_mb(),
    }


def show(found: dict[str, object], wishes: argparse.Namespace, *, server: float) -> None:
    """Print a table."""
    people = max(1, wishes.subscribers)
    stages = found["stages"]
    assert isinstance(stages, dict)
    total = float(str(found["cpu_seconds"]))
    print(f"{wishes.subscribers:,} subscribers, {wishes.candidates:,} candidates, {wishes.store}")
    print(f"{'stage':<18}{'CPU s':>9}{'us each':>9}")
    for name, seconds in sorted(stages.items(), key=lambda item: -item[1]):
        print(f"{name:<18}{seconds:>9.2f}{seconds / people * 1e6:>9.1f}")
    print(f"{'worker, whole':<18}{total:>9.2f}{total / people * 1e6:>9.1f}")
    print(f"{'the store itself':<18}{server:>9.2f}{server / people * 1e6:>9.1f}")
    print(f"planned {found['planned']:,}, skipped {found['skipped']:,}")
    print(f"peak {float(str(found['peak_mb'])):.0f} MB")
    if found["missing"]:
        print(f"not measured apart: {found['missing']}")


if __name__ == "__main__":
    main()
