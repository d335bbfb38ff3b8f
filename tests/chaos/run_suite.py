"""Run one suite: plan everybody, do the deeds while the mail goes out, wait for the end, audit."""

import datetime as dt
import json
import random
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import func, select

from service.db.database import Database
from service.editions.models import Brief
from service.editions.run import run_edition
from service.embedded.postgres import EmbeddedPostgres
from service.errors import UnavailableError
from service.jobs import Doorbell
from service.ledger.models import Wave
from service.ledger.state import DeliveryState
from service.sending.sweep import sweep
from tests.chaos.audit import STILL_OPEN, Findings, audit, equation_holds, rows_of, truth_of
from tests.chaos.deeds import CLOCK_WRONG, JOURNAL_FAILED, KILLS_NOBODY, Attack
from tests.chaos.load import LIST, address, fill
from tests.chaos.site import Site, Weather, site_on

EARLIEST, LATEST = 0.03, 0.85  # between these shares of the work, the deeds are done
STEADY_SECONDS = 2.0  # nothing may change any more for so long
AFTER_EVERYTHING = dt.timedelta(days=4)


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """A load, what is done to it, and what may come of it."""

    name: str
    briefs: int
    weather: Weather = field(default_factory=Weather)
    deeds: tuple[str, ...] = ()
    drained_within: float = 150.0  # seconds after the last fault
    most_doubts_of_kills: float = 1.0  # share of the briefs
    latest: float = LATEST
    in_order: bool = False  # the deeds are done as they are named


@dataclass(slots=True)
class Progress:
    """Where a run stands."""

    ended: int
    still_open: int
    open_waves: int

    @property
    def is_over(self) -> bool:
        return not self.still_open and not self.open_waves


@dataclass(slots=True)
class Report:
    """What one run came to."""

    suite: Suite
    seed: int
    findings: Findings
    attack: Attack
    figures: dict[str, Any] = field(default_factory=dict)

    @property
    def passed(self) -> bool:
        return not self.findings.faults

    def as_dict(self) -> dict[str, Any]:
        """Return the run's one line."""
        found = self.findings
        return {
            "suite": self.suite.name,
            "seed": self.seed,
            "passed": self.passed,
            "briefs": self.suite.briefs,
            "lost": found.lost,
            "duplicates": found.duplicates,
            "wrong": found.wrong,
            "in_doubt": found.in_doubt,
            "unknown": found.unknown,
            "kills": sum(deed not in KILLS_NOBODY for deed in self.attack.done),
            "deeds": self.attack.done,
            "equation_holds": found.equation_holds,
            "states": found.states,
            "doubts": found.doubts,
            **self.figures,
            "faults": found.faults[:10],
        }


def run_suite(suite: Suite, postgres: EmbeddedPostgres, *, keep: bool = False) -> Report:
    """Run `suite` on a fresh site; its weather's seed decides everything that chance decides."""
    seed = suite.weather.seed
    with site_on(postgres, suite.weather, keep=keep) as site:
        fill(site.database, suite.briefs, now=dt.datetime.now(dt.UTC))
        site.start()
        started = time.monotonic()
        now = dt.datetime.now(dt.UTC)
        doorbell = Doorbell(site.settings) if suite.weather.with_broker else None
        run_edition(site.database, list_slug=LIST, as_of=now, now=now, doorbell=doorbell)
        attack = Attack(site, random.Random(seed))
        try:
            _attack(suite, attack)
        finally:
            attack.undo(all_of_them=True)
        figures = _figures(site, attack, started)
        site.supervisor.stop()
        return _judged(suite, attack, figures)


def say(line: dict[str, Any]) -> None:
    """Print what a run came to, on one line."""
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


def _attack(suite: Suite, attack: Attack) -> None:
    """Do each deed at its share of the work; return when all is over, or has taken too long."""
    planned = list(_plan(suite, attack.chance))
    pause = threading.Event()
    over_since: float | None = None
    while True:
        attack.undo()
        progress = _progress(attack.site.database)
        if planned and progress is not None:
            at, kind = planned[0]
            if progress.ended >= at * suite.briefs and attack.do(kind):
                planned.pop(0)
                continue
        now = time.monotonic()
        is_over = progress is not None and progress.is_over and not planned and not attack.pending
        over_since = (over_since or now) if is_over else None
        if over_since is not None and now - over_since > STEADY_SECONDS:
            return
        if not attack.pending and now - attack.last_at > suite.drained_within + STEADY_SECONDS:
            attack.site.supervisor.hurry()
            return  # the audit names what is still open
        attack.site.supervisor.look()
        attack.site.worker_children()
        pause.wait(max(0.05, suite.briefs / 200_000))


def _plan(suite: Suite, chance: random.Random) -> Iterator[tuple[float, str]]:
    """Yield when and what; a freeze comes first, for it takes longest."""
    kinds, span = list(suite.deeds), suite.latest - EARLIEST
    if suite.in_order:  # evenly, so that there is something between one and the next
        return zip(
            (EARLIEST + span * (n + 0.5) / len(kinds) for n in range(len(kinds))),
            kinds,
            strict=True,
        )
    chance.shuffle(kinds)
    kinds.sort(key=lambda kind: kind != "freeze")
    moments = sorted(chance.uniform(EARLIEST, suite.latest) for _ in kinds)
    return zip(moments, kinds, strict=True)


def _progress(database: Database) -> Progress | None:
    """Return how far it is; None while the store is away."""
    try:
        with database.reading() as session:
            counted = session.execute(select(Brief.state, func.count()).group_by(Brief.state))
            states = {state: number for state, number in counted}  # noqa: C416 - rows are no pairs
            waves = session.scalar(select(func.count()).where(Wave.settled_at.is_(None))) or 0
    except UnavailableError:
        return None
    still_open = sum(states.get(state, 0) for state in STILL_OPEN)
    return Progress(sum(states.values()) - still_open, still_open, waves)


def _figures(site: Site, attack: Attack, started: float) -> dict[str, Any]:
    with site.database.reading() as session:
        first, last, accepted = session.execute(
            select(
                func.min(Brief.settled_at), func.max(Brief.settled_at), func.count(Brief.settled_at)
            ).where(Brief.state == DeliveryState.ACCEPTED.value)
        ).one()
    span = (last - first).total_seconds() if first and last else 0.0
    log = site.fault_log.read_text("ascii").splitlines() if site.fault_log.exists() else []
    return {
        "network_faults": len(log),
        "lines_silenced": site.proxy.silenced,
        "commits_unheard": site.proxy.lost_answers,
        "journals_failed": site.times_said(JOURNAL_FAILED),
        "clocks_found_wrong": site.times_said(CLOCK_WRONG),
        "after_dot_faults": sum(line.endswith(" doubt") for line in log),
        "seconds": round(time.monotonic() - started, 1),
        "drained_after_last_fault_s": round(time.monotonic() - attack.last_at - STEADY_SECONDS, 1),
        "briefs_per_s": round(accepted / span, 1) if span else 0.0,
    }


def _judged(suite: Suite, attack: Attack, figures: dict[str, Any]) -> Report:
    site = attack.site
    expected = [address(number) for number in range(1, suite.briefs + 1)]
    findings = audit(expected, rows_of(site.database), truth_of(site.truth))
    by_kills = min(attack.doubts_allowed, suite.most_doubts_of_kills * suite.briefs)
    allowed = by_kills + figures["after_dot_faults"]
    figures["in_doubt_allowed"] = int(allowed)
    if findings.in_doubt > allowed:
        findings.faults.append(f"{findings.in_doubt} in doubt, {allowed:.0f} are explained")
    if figures["drained_after_last_fault_s"] > suite.drained_within:
        findings.faults.append("it was not over in time")
    findings.equation_holds = equation_holds(site.database) and _ends_as_it_should(site, findings)
    if not findings.equation_holds:
        findings.faults.append("the equation does not hold")
    return Report(suite, site.weather.seed, findings, attack, figures)


def _ends_as_it_should(site: Site, findings: Findings) -> bool:
    """Let the days pass: doubts become unknown, the edition closes, the equation still holds."""
    sweep(site.database, now=dt.datetime.now(dt.UTC) + AFTER_EVERYTHING)
    states = [row.state for row in rows_of(site.database)]
    unknown = states.count(DeliveryState.UNKNOWN)
    return equation_holds(site.database) and unknown == findings.in_doubt + findings.unknown
