"""Run the whole evaluation: choosing on held-out data, and the simulation of readers."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from service.evaluation.compare import Comparison, compare
from service.evaluation.course_figures import (
    Shown,
    audit_of,
    gain_of,
    lines_of,
    recovery_of,
)
from service.evaluation.generate import generate
from service.evaluation.read_data import read_data
from service.evaluation.retellings import (
    Events,
    Retellings,
    group,
    read_events,
    read_pairs,
    tell_apart,
)
from service.evaluation.simulate import Plan, Start, simulate

WITH, WITHOUT, PLAIN = "learning", "no learning", "no exploring"
ASTRAY, ASTRAY_PLAIN = "all wrong: exploring", "all wrong: no exploring"
Progress = Callable[[str], None]


class Evaluated(NamedTuple):
    """All that was measured; what was not asked for is None."""

    comparison: Comparison | None
    simulation: Shown | None
    retellings: Retellings | None
    events: Events | None


def evaluate(
    *,
    files: tuple[Path, Path] | None = None,
    pairs: Path | None = None,
    threads: Path | None = None,
    quick: bool = False,
    compares: bool = True,
    simulates: bool = True,
    progress: Progress,
) -> Evaluated:
    """Measure; `files` are items and interactions, else both are made by the generator.

    `pairs` is a file of texts that tell one finding, or two; `threads` one of findings by event.

    Quick is a tenth of it, in seconds, to see that it runs: its figures say little.
    """
    retellings = None
    if pairs is not None:
        progress("telling stories apart")
        retellings = tell_apart(read_pairs(pairs))
    events = None
    if threads is not None:
        progress("grouping findings about events")
        events = group(read_events(threads))
    comparison = None
    if compares:
        progress("reading" if files else "making a month of readers")
        data = read_data(*files) if files else generate(readers=60 if quick else 400)
        progress("comparing ways of choosing")
        comparison = compare(data)
    shown = _simulated(quick=quick, progress=progress) if simulates else None
    return Evaluated(comparison, shown, retellings, events)


def _simulated(*, quick: bool, progress: Progress) -> Shown:
    plan = Plan(readers=30, days=12, things_a_day=40) if quick else Plan()
    wrong = replace(plan, all_wrong=True, readers=20 if quick else 200, days=min(30, plan.days))
    runs = {}
    for name, changed in {
        WITH: plan,
        WITHOUT: plan.but(learns=False),
        PLAIN: plan.but(explores=False),
        ASTRAY: wrong,
        ASTRAY_PLAIN: wrong.but(explores=False),
    }.items():

        def told(day: int, name: str = name, plan: Plan = changed) -> None:
            progress(f"simulating: {name}, day {day} of {plan.days}")

        runs[name] = simulate(changed, progress=told)
    return Shown(
        days=plan.days,
        lines={name: lines_of(runs[name]) for name in (WITH, WITHOUT, PLAIN)},
        astray={name: lines_of(runs[name])[Start.WRONG.value] for name in (ASTRAY, ASTRAY_PLAIN)},
        gain=gain_of(runs[WITH], runs[WITHOUT]),
        recovery=recovery_of(runs[ASTRAY], runs[ASTRAY_PLAIN]),
        story_twice=sum(course.stories_twice for course in runs.values()),
        audit=audit_of(runs[WITH]),
    )
