"""`podbrief eval`: how good the choosing is, measured here and without a network."""

from dataclasses import asdict, is_dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from service.cli.context import context, print_json
from service.errors import InputError

if TYPE_CHECKING:
    from service.evaluation.compare import Comparison
    from service.evaluation.course_figures import Shown
    from service.evaluation.grouping import Agreement
    from service.evaluation.metrics import Estimate
    from service.evaluation.retellings import Events, Retellings


def add_to(app: typer.Typer) -> None:
    """Add the command to the root."""
    app.command("eval")(evaluate_here)


def evaluate_here(  # noqa: PLR0913 - one parameter an option
    *,
    items: Annotated[
        Path | None, typer.Option("--items", help="What there was to read, one JSON a line.")
    ] = None,
    interactions: Annotated[
        Path | None, typer.Option("--interactions", help="What readers did, one JSON a line.")
    ] = None,
    pairs: Annotated[
        Path | None, typer.Option("--pairs", help="Texts that tell one finding, or two.")
    ] = None,
    threads: Annotated[
        Path | None, typer.Option("--threads", help="Findings, a paragraph an event.")
    ] = None,
    plots: Annotated[Path | None, typer.Option("--plots", help="Folder to draw charts in.")] = None,
    write: Annotated[
        Path | None, typer.Option("--write", help="Write generated data to a folder and end.")
    ] = None,
    simulation: Annotated[
        bool, typer.Option("--simulation/--no-simulation", help="Sixty days of made-up readers.")
    ] = True,
    quick: Annotated[bool, typer.Option("--quick", help="A tenth of it: to see that it runs.")] = (
        False
    ),
    as_json: Annotated[bool, typer.Option("--json", help="Print one line of JSON.")] = False,
) -> None:
    """Measure the choosing on held-out data, and what learning does for made-up readers.

    Without files the data are made by the generator; docs/choosing.md says how, and what a file
    of your own must look like. Nothing of your installation is read or written.
    """
    from service.evaluation.draw import draw
    from service.evaluation.generate import generate
    from service.evaluation.read_data import write_data
    from service.evaluation.run import evaluate

    if write is not None:
        write_data(generate(), write)
        context.console.print(f"wrote items.jsonl and interactions.jsonl to {write}")
        return
    files = None
    if items is not None and interactions is not None:
        files = (items, interactions)
    elif items is not None or interactions is not None:
        raise InputError("--items and --interactions belong together: give both, or neither")
    with context.notes.status("") as status:
        found = evaluate(
            files=files,
            pairs=pairs,
            threads=threads,
            quick=quick,
            simulates=simulation,
            progress=status.update,
        )
    drawn = draw(found, plots) if plots is not None else []
    if as_json:
        print_json(_plain(found))
        return
    if found.comparison is not None:
        _print_comparison(found.comparison)
    if found.simulation is not None:
        _print_simulation(found.simulation)
    if found.retellings is not None:
        _print_retellings(found.retellings)
    if found.events is not None:
        _print_events(found.events)
    for path in drawn:
        context.notes.print(f"drew {path}", highlight=False)


def _print_comparison(found: "Comparison") -> None:
    context.console.print(
        f"\n[bold]Ways of choosing[/bold] on {found.data}: {found.readers} readers, "
        f"{found.candidates} new insights, {found.liked_each:.0f} liked each",
        highlight=False,
    )
    names = ("nDCG@5", "recall", "hit", "cover", "diverse", "novel", "calibr")
    table = _table("", *names)
    for name, scores in found.methods.items():
        table.add_row(
            name,
            *(_about(one) for one in (scores.ndcg, scores.recall)),
            f"{scores.hit.mean:.2f}",
            f"{scores.coverage:.2f}",
            f"{scores.diversity.mean:.2f}",
            f"{scores.novelty.mean:.2f}",
            f"{scores.calibration.mean:.2f}",
        )
    context.console.print(table)
    context.console.print(
        "± is half of the 95 % interval. More is better, but for calibration: bits between the "
        "topics of the picks and the reader's own mix. Novelty is in bits.",
        style="dim",
        highlight=False,
    )
    new = _table("likes known", *found.cold_start[0].scores)
    for one in found.cold_start:
        known = "all" if one.known is None else str(one.known)
        new.add_row(known, *(_about(score) for score in one.scores.values()))
    context.console.print("\n[bold]A new reader[/bold], nDCG@5", highlight=False)
    context.console.print(new)


def _print_simulation(found: "Shown") -> None:
    context.console.print(
        f"\n[bold]{found.days} days of made-up readers[/bold] who answer by acts alone: the share "
        "they got of the best five there were",
        highlight=False,
    )
    table = _table("", "readers", "first days", "half-way", "last days")
    for run, groups in found.lines.items():
        for start, line in groups.items():
            points = (line.windows[0], line.windows[len(line.windows) // 2], line.windows[-1])
            table.add_row(f"{run}: {start}", str(line.readers), *map(_about, points))
    for run, line in found.astray.items():
        points = (line.windows[0], line.windows[len(line.windows) // 2], line.windows[-1])
        table.add_row(f"{run}, a month", str(line.readers), *map(_about, points))
    context.console.print(table)
    context.console.print(
        f"learning pays (last third, all): {_signed(found.gain)}\n"
        f"exploring recovers a wrong start (days 6 to 30): {_signed(found.recovery)}\n"
        f"a story twice to one reader: {found.story_twice}",
        highlight=False,
    )
    for name, value in found.audit.items():
        context.console.print(f"{name.replace('_', ' ')}: {value}", highlight=False)


def _print_retellings(found: "Retellings") -> None:
    context.console.print(
        f"\n[bold]Stories[/bold]: {found.retold} pairs retold, {found.others} of another finding "
        f"on the same subject: {_agreement(found.pairs)}\n"
        f"joined though another finding with the same figures: {found.traps_joined}\n"
        f"related: the other finding stands first {_about(found.related_first)}, "
        f"among ten {_about(found.related_in_ten)}",
        highlight=False,
    )


def _print_events(found: "Events") -> None:
    context.console.print(
        f"\n[bold]Threads[/bold]: {found.findings} findings, {found.events} events: B-cubed "
        f"{_agreement(found.b_cubed)}; by pairs {_agreement(found.pairwise)}",
        highlight=False,
    )


def _agreement(one: "Agreement") -> str:
    return f"precision {one.precision:.3f}, recall {one.recall:.3f}, F1 {one.f1:.3f}"


def _table(first: str, *names: str) -> Table:
    table = Table(first, box=None, padding=(0, 2, 0, 0), header_style="dim")
    for name in names:
        table.add_column(name, justify="right")
    return table


def _about(one: "Estimate") -> str:
    return f"{one.mean:.3f} ±{(one.high - one.low) / 2:.3f}"


def _signed(one: "Estimate") -> str:
    return f"{one.mean:+.3f} [{one.low:+.3f}, {one.high:+.3f}]"


def _plain(value: Any) -> Any:
    """Return named tuples as objects, all the way down."""
    if hasattr(value, "_asdict"):
        return {name: _plain(inner) for name, inner in value._asdict().items()}
    if is_dataclass(value) and not isinstance(value, type):
        return _plain(asdict(value))
    if isinstance(value, dict):
        return {name: _plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return value
