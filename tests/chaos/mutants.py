"""Planted bugs, each with the small load on which the audit must find it."""

from dataclasses import dataclass, replace

from service.embedded.postgres import EmbeddedPostgres
from tests.chaos.run_suite import LATEST, Report, Suite, run_suite
from tests.chaos.site import Weather


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """What a bug needs in order to show, and how it must show."""

    weather: Weather
    briefs: int
    deeds: tuple[str, ...] = ()
    drained_within: float = 4
    latest: float = LATEST  # the share of the work at which the last deed is done
    shows_in_doubts: bool = False  # else in what was taken


MUTANTS = {
    "send_before_commit": Mutant(
        briefs=400,
        weather=Weather(latency=0.1),
        deeds=("mid_wave",),
        drained_within=8,  # what was rolled back says nothing: its batch waits for its lease to end
    ),
    "journal_after_reply_only": Mutant(
        briefs=200, weather=Weather(latency=0.1), deeds=("child", "child")
    ),
    "resend_in_doubt": Mutant(briefs=200, weather=Weather(fault_rate=0.1, only_stage="dot")),
    "short_dot_wait": Mutant(
        briefs=16,
        weather=Weather(latency=0.5, environment={"PODBRIEF_TIMING_DOT_SECONDS": "0.2"}),
        shows_in_doubts=True,
    ),
    "no_fence": Mutant(  # one batch, of which much is left whenever its holder is put to sleep
        briefs=160,
        weather=Weather(
            environment={
                "PODBRIEF_SMTP_MAX_PER_SECOND": "40",
                # nobody may kill the sleeper before it wakes
                "PODBRIEF_TIMING_SOFT_LIMIT_SECONDS": "100",
                "PODBRIEF_TIMING_HARD_LIMIT_SECONDS": "110",
            }
        ),
        deeds=("nap",),
        latest=0.3,
    ),
    "believe_any_store": Mutant(
        briefs=600,
        weather=Weather(latency=0.1),
        deeds=("copy", "swap"),
        drained_within=8,
    ),
}


def is_caught(name: str, postgres: EmbeddedPostgres) -> tuple[bool, Report]:
    """Run a worker with the bug `name` in it; return whether the audit named what it does."""
    mutant = MUTANTS[name]
    report = run_suite(
        Suite(
            name=f"mutant_{name}",
            briefs=mutant.briefs,
            weather=replace(mutant.weather, mutant=name),
            deeds=mutant.deeds,
            latest=mutant.latest,
            in_order=True,
            drained_within=mutant.drained_within,
        ),
        postgres,
    )
    if mutant.shows_in_doubts:
        return report.findings.in_doubt > report.figures["in_doubt_allowed"], report
    return report.findings.duplicates + report.findings.wrong > 0, report
