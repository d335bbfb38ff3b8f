"""Measure what a brief costs, stage by stage and as a whole: `python -m benchmarks.run`.

Runs are interleaved with the limit (smtp-source against the same sink), since on a shared machine
only ratios of neighbours mean anything.
"""

import argparse
import sys
from dataclasses import dataclass
from typing import Any

from benchmarks.drive_workers import run_workers
from benchmarks.fill_store import Amounts
from benchmarks.footprint import measure_footprint
from benchmarks.limit import run_limit
from benchmarks.plain_tasks import run_plain_tasks
from benchmarks.plain_way import run_plain_way
from benchmarks.real_links import measure_real_links
from benchmarks.report import show, write
from benchmarks.signing import measure_signing
from benchmarks.sinks import OWN, POSTFIX, running_sink, smtp_sink
from benchmarks.stores import POSTGRESQL, SQLITE, filled_store
from service.editions.freeze import BATCH_SIZE

FULL, QUICK = 20_000, 4_000
PLAIN_MAILS = 300
SAMPLE_PEOPLE = 200
LIMIT_MAILS = 20_000
MOST_SENT = 100_000  # of a larger audience all are planned and this many sent


def main() -> None:
    """Measure as asked, print the tables, write the results."""
    wishes = _wishes()
    stores = [SQLITE, POSTGRESQL] if wishes.store == "both" else [wishes.store]
    sizes = [int(size) for size in wishes.scale.split(",")] if wishes.scale else []
    octets = message_size(stores[0])
    runs = []
    for store in stores:
        for people in sizes or [wishes.briefs or (QUICK if wishes.quick else FULL)]:
            for processes in wishes.processes:
                case = Case(
                    store, people, processes, wishes.sink, octets, wishes.stages, wishes.apart
                )
                print(case, file=sys.stderr)
                runs.append(measure(case, history=wishes.history))
    others: dict[str, dict[str, Any] | None] = (
        {} if wishes.only_us else compare(octets, sink=wishes.sink, quick=wishes.quick)
    )
    if wishes.extras or not (wishes.only_us or wishes.quick or wishes.scale):
        others |= {
            "dkim": measure_signing(quick=wishes.quick),
            "real_links": measure_real_links(),
            "footprint": measure_footprint(),
        }
    show(runs, others)
    print(write(runs, others, command="python -m benchmarks.run " + " ".join(sys.argv[1:])))


@dataclass(frozen=True, slots=True)
class Case:
    """One thing to measure."""

    store: str
    people: int
    processes: int
    sink: str
    octets: int  # of a message, for the limit
    stages: bool = True  # counting them costs some 7 microseconds a brief itself
    apart: bool = False  # nothing is sent before all is planned


def measure(case: Case, *, history: int) -> dict[str, Any]:
    """Run workers over a fresh store in which everybody is due; then the limit."""
    amounts = Amounts(people=case.people, history=history)
    most = -1
    if case.people > MOST_SENT:
        most = MOST_SENT // BATCH_SIZE // case.processes
    with filled_store(case.store, amounts) as store, running_sink(case.sink) as sink:
        run = run_workers(
            store,
            sink.port,
            processes=case.processes,
            most_batches=most,
            stages=case.stages,
            apart=case.apart,
        )
        run["sink_cpu_s_per_1000"] = sink.cpu * 1_000 / max(1, run["accepted"])
        taken = sink.taken()
    run["sending_per_s"] = run["accepted"] / max(1e-9, run["seconds"] - run["plan_alone_seconds"])
    limit = _limit(case.sink, mails=min(LIMIT_MAILS, case.people), octets=case.octets)
    if limit is not None:
        run["limit_per_s"] = limit["briefs_per_s"]
        run["of_limit"] = run["sending_per_s"] / limit["briefs_per_s"]
    run["expected"] = case.people if most < 0 else most * case.processes * BATCH_SIZE
    run["mails_taken"] = taken["mails"] if taken else run["accepted"]
    return {"store": case.store, "size": case.people, "sink": case.sink, **run}


def message_size(store_kind: str) -> int:
    """Return the octets of a usual message, by sending a few."""
    with filled_store(store_kind, Amounts(people=SAMPLE_PEOPLE)) as store, running_sink() as sink:
        run_workers(store, sink.port, processes=1)
        taken = sink.taken()
    return taken["octets"] // taken["mails"] if taken else 0


def compare(octets: int, *, sink: str, quick: bool) -> dict[str, dict[str, Any] | None]:
    """Measure the plain way and the limit."""
    mails = PLAIN_MAILS // 3 if quick else PLAIN_MAILS
    with running_sink(sink) as plain:
        return {
            "plain_way": run_plain_way(plain.port, mails=mails),
            "plain_celery_task_per_mail": run_plain_tasks(plain.port, mails=mails),
            "smtp_source": _limit(sink, mails=LIMIT_MAILS // (4 if quick else 1), octets=octets),
        }


def _limit(sink: str, *, mails: int, octets: int) -> dict[str, Any] | None:
    with running_sink(sink) as alone:
        return run_limit(alone.port, mails=mails, octets=octets)


def _wishes() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.run", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a minute or two, rough figures")
    parser.add_argument("--store", choices=[SQLITE, POSTGRESQL, "both"], default="both")
    parser.add_argument(
        "--no-stages",
        dest="stages",
        action="store_false",
        help="count the whole alone, undisturbed",
    )
    parser.add_argument("--apart", action="store_true", help="send nothing before all is planned")
    parser.add_argument("--briefs", type=int, help=f"people due; default {FULL:,}")
    parser.add_argument("--scale", help="sizes of the audience, such as 10000,100000,1000000")
    parser.add_argument("--processes", type=int, nargs="+", default=[1, 2], help="worker processes")
    parser.add_argument(
        "--sink",
        choices=[OWN, POSTFIX],
        default=POSTFIX if smtp_sink() else OWN,
        help="who takes the mail; default: postfix's smtp-sink where it is installed",
    )
    parser.add_argument("--history", type=int, default=25, help="stories each was shown before")
    parser.add_argument(
        "--extras",
        action="store_true",
        help="signing, real links and memory too; a run with nothing left out has them",
    )
    parser.add_argument("--only-us", action="store_true", help="without the plain way")
    return parser.parse_args()


if __name__ == "__main__":
    main()
