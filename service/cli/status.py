"""`podbrief status`: how things stand, in words or as JSON."""

import typer
from rich.table import Table
from rich.text import Text

from service.cli.context import context, print_json
from service.monitoring.status import EditionStatus, Status, read_status, summary, worries

_COLUMNS = (
    "due planned accepted open in_doubt failed suppressed cancelled expired unknown".split()  # noqa: SIM905
)


def add_to(app: typer.Typer) -> None:
    """Add the command to the root."""
    app.command("status")(status)


def status(
    as_json: bool = typer.Option(False, "--json", help="Print one line of JSON, for programs."),
) -> None:
    """Say how things stand: queues, workers, editions."""
    with context.database.reading() as session:
        found = read_status(session, context.settings, now=context.clock.now())
    if as_json:
        print_json(found.as_dict())
    else:
        _print_in_words(found)


def _print_in_words(found: Status) -> None:
    console = context.console
    console.print(Text(f"{summary(found)}.", style="bold"))
    for worry in worries(found):
        console.print(Text(worry, style="yellow"))
    console.print(Text(_machinery(found)))
    if found.editions:
        console.print(_editions(found.editions))


def _machinery(found: Status) -> str:
    workers = "1 worker" if len(found.workers) == 1 else f"{len(found.workers)} workers"
    beats = {0: "no beat", 1: "1 beat"}.get(len(found.beats), f"{len(found.beats)} beats")
    batches = f"{found.batches['ready']:,} batches wait, {found.batches['leased']:,} are being sent"
    if found.queues is None:
        return f"{workers}, {beats} · {batches} · broker away"
    return (
        f"{workers}, {beats} · {batches} · {sum(found.queues.values()):,} doorbells in the broker"
    )


def _editions(editions: list[EditionStatus]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("edition", no_wrap=True)
    table.add_column("state")
    equations = [edition.equation.as_dict() for edition in editions]
    shown = [  # a term that is nought everywhere says nothing
        term
        for term in _COLUMNS
        if term in ("due", "planned", "accepted", "open")
        or any(equation[term] for equation in equations)
    ]
    for term in shown:
        table.add_column(term.replace("_", " "), justify="right")
    table.add_column("skipped")
    table.add_column("equation")
    for edition, equation in zip(editions, equations, strict=True):
        skipped = ", ".join(
            f"{number:,} {reason.replace('_', ' ')}"
            for reason, number in equation["skipped"].items()
        )
        table.add_row(
            Text(f"{edition.list_name}, {edition.local_date:%d %B}"),
            edition.state,
            *(f"{equation[term]:,}" for term in shown),
            skipped or "none",
            Text("holds", style="green") if edition.equation.holds else Text("BROKEN", style="red"),
        )
    return table
