"""Draw what was measured into a folder, for docs/choosing.md."""

from pathlib import Path

from service.evaluation.charts import bars, lines
from service.evaluation.compare import Comparison
from service.evaluation.course_figures import WINDOW, Shown
from service.evaluation.methods import OURS
from service.evaluation.run import PLAIN, WITH, WITHOUT, Evaluated
from service.evaluation.simulate import Start


def draw(evaluated: Evaluated, folder: Path) -> list[Path]:
    """Write one SVG a chart; return where they are."""
    charts: dict[str, str] = {}
    if evaluated.comparison is not None:
        charts |= _of_choosing(evaluated.comparison)
    if evaluated.simulation is not None:
        charts |= _of_readers(evaluated.simulation)
    folder.mkdir(parents=True, exist_ok=True)
    for name, chart in charts.items():
        (folder / name).write_text(chart, encoding="utf-8")
    return [folder / name for name in charts]


def _of_choosing(found: Comparison) -> dict[str, str]:
    note = (
        f"nDCG@5 with 95 % intervals; {found.data}: {found.readers} readers, "
        f"{found.candidates} new insights"
    )
    names = list(found.cold_start[0].scores)
    known = ["all" if one.known is None else str(one.known) for one in found.cold_start]
    return {
        "eval-methods.svg": bars(
            "Ways of choosing, on insights nobody had seen",
            {name: scores.ndcg for name, scores in found.methods.items()},
            marked=OURS,
            note=note,
        ),
        "eval-new-reader.svg": lines(
            "A new reader",
            {name: [one.scores[name].mean for one in found.cold_start] for name in names},
            bands={
                name: [(one.scores[name].low, one.scores[name].high) for one in found.cold_start]
                for name in names
            },
            at=known,
            along="likes known of a reader",
            note="nDCG@5; the same readers, of whom we know more and more",
        ),
    }


def _of_readers(found: Shown) -> dict[str, str]:
    some = next(iter(found.lines.values()))[Start.RIGHT.value]
    days = [str((number + 1) * WINDOW) for number in range(len(some.windows))]
    charts = {}
    for start, name in ((Start.WRONG, "wrong"), (Start.RIGHT, "right"), (Start.NOTHING, "none")):
        chosen = {run: found.lines[run][start.value] for run in (WITH, PLAIN, WITHOUT)}
        charts[f"eval-simulation-{name}.svg"] = lines(
            f"Readers who began with {start.value}",
            {run: line.means for run, line in chosen.items()},
            bands={run: line.intervals for run, line in chosen.items()},
            at=days,
            along="day",
            note=f"share of the best five there were; {chosen[WITH].readers} made-up readers, "
            "who answer by thumbs, saves and mutes alone",
        )
    astray = next(iter(found.astray.values()))
    charts["eval-recovery.svg"] = lines(
        "A month after a wrong start",
        {name.partition(": ")[2]: line.means for name, line in found.astray.items()},
        bands={name.partition(": ")[2]: line.intervals for name, line in found.astray.items()},
        at=[str((number + 1) * WINDOW) for number in range(len(astray.windows))],
        along="day",
        note=f"share of the best five there were; {astray.readers} made-up readers, "
        "all of whom ticked topics not theirs",
    )
    return charts
