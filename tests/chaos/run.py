"""Run chaos suites: `python -m tests.chaos.run all`, or some of short, full, restore,
no-broker, mutants.

Each run ends with one line of JSON; the exit status is 1 when any of them failed. A seed that
failed is printed and kept in regressions.json.
"""

import argparse
import random
import sys
from collections.abc import Iterator

from service.embedded.postgres import EmbeddedPostgres
from service.log import set_up_logging
from tests.chaos import suites
from tests.chaos.mutants import MUTANTS, is_caught
from tests.chaos.regressions import keep, kept
from tests.chaos.run_suite import Report, Suite, run_suite, say
from tests.chaos.site import durable_postgres

LEAST_WITHOUT_BROKER = 0.8  # of the rate with one
MOST_PAIRS = 3
SUITES = ("short", "full", "restore", "no-broker", "mutants")
BUILD = {"short": suites.short, "full": suites.full, "restore": suites.restore}


def main() -> int:
    """Run what was asked for; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("suites", nargs="+", choices=(*SUITES, "all"))
    parser.add_argument("--seed", type=int, help="default: another one each time")
    parser.add_argument("--keep", action="store_true", help="leave the folders of the runs")
    words = parser.parse_args()
    set_up_logging(level="warning", style="console")
    wanted = SUITES if "all" in words.suites else tuple(words.suites)
    seed = random.randrange(1, 1_000_000) if words.seed is None else words.seed
    failed = 0
    with durable_postgres() as postgres:
        for name in wanted:
            for passed in _run(name, postgres, seed=seed, keep_folder=words.keep):
                failed += not passed
    return 1 if failed else 0


def _run(name: str, postgres: EmbeddedPostgres, *, seed: int, keep_folder: bool) -> Iterator[bool]:
    if name == "mutants":
        for mutant in MUTANTS:
            yield _caught(mutant, postgres)
    elif name == "no-broker":
        yield _without_broker(postgres, seed)
    else:
        for each in (seed, *kept(name)):
            yield _tell(run_suite(BUILD[name](each), postgres, keep=keep_folder)).passed


def _without_broker(postgres: EmbeddedPostgres, seed: int) -> bool:
    """Compare the rates with and without a broker, from the first to the last settled.

    The best of each, in pairs: what else the machine does slows one run or the other down.
    """
    usual = without = 0.0
    passed = True
    for _ in range(MOST_PAIRS):
        for with_broker in (True, False):
            report = _tell(run_suite(suites.no_broker(seed, with_broker=with_broker), postgres))
            passed = passed and report.passed
            if with_broker:
                usual = max(usual, report.figures["briefs_per_s"])
            else:
                without = max(without, report.figures["briefs_per_s"])
        if without >= LEAST_WITHOUT_BROKER * usual:
            break
    share = without / usual
    holds = passed and share >= LEAST_WITHOUT_BROKER
    say({"suite": "no-broker", "share_of_usual_rate": round(share, 2), "passed": holds})
    return holds


def _caught(mutant: str, postgres: EmbeddedPostgres) -> bool:
    caught, report = is_caught(mutant, postgres)
    line = {"mutant": mutant, "caught": caught, "duplicates": report.findings.duplicates}
    line |= {
        "wrong": report.findings.wrong,
        "in_doubt": report.findings.in_doubt,
        "seconds": report.figures["seconds"],
    }
    say(line)
    return caught


def _tell(report: Report) -> Report:
    if not report.passed:
        suite: Suite = report.suite
        keep(suite.name, report.seed)
        sys.stderr.write(f"seed {report.seed} of {suite.name} failed and is kept\n")
    say(report.as_dict())
    return report


if __name__ == "__main__":
    sys.exit(main())
