"""What both imports show: a bar while it runs, each bad line, the summary, the exit status."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from service.cli.context import context, print_json
from service.sources.import_lines import ImportManner
from service.sources.line_errors import ImportReport, LineError

EXIT_SOME_REJECTED = 1
EXIT_REFUSED = 2

Strict = Annotated[
    bool,
    typer.Option("--strict", help="One bad line refuses the whole file; nothing is written."),
]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Write nothing; say what would happen and what is wrong.")
]
AsJson = Annotated[
    bool, typer.Option("--json", help="Print the summary as one line of JSON, for programs.")
]


class ShownImport:
    """Tells standard error of bad lines at once and of progress when a person watches."""

    def __init__(self, progress: Progress, task: TaskID) -> None:
        self._progress = progress
        self._task = task

    def line_refused(self, error: LineError) -> None:
        self._progress.console.print(
            str(error), markup=False, highlight=False, emoji=False, soft_wrap=True
        )

    def read_up_to(self, byte: int) -> None:
        self._progress.update(self._task, completed=byte)


@contextmanager
def shown_import(what: str, size: int) -> Iterator[ShownImport]:
    """Show a bar on a terminal, nothing elsewhere."""
    columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
    watched = context.notes.is_terminal
    with Progress(*columns, console=context.notes, transient=True, disable=not watched) as bar:
        yield ShownImport(bar, bar.add_task(what, total=max(size, 1)))


def finish(report: ImportReport, *, manner: ImportManner, as_json: bool) -> None:
    """Print the summary and leave with the status it deserves."""
    if as_json:
        print_json({**report.as_json(), "dry_run": manner.dry_run})
    elif report.refused:
        bad = "1 bad line" if report.rejected == 1 else f"{report.rejected:,} bad lines"
        context.notes.print(f"{bad}: nothing was written (--strict)", highlight=False)
    else:
        would = "would be: " if manner.dry_run else ""
        context.console.print(would + report.sentence(), highlight=False, soft_wrap=True)
    if report.refused:
        raise typer.Exit(EXIT_REFUSED)
    if report.rejected:
        raise typer.Exit(EXIT_SOME_REJECTED)
