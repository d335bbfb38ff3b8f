"""`podbrief reconcile`: count whether every due subscription stands in one named state."""

from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from service.cli.context import context, print_json
from service.monitoring.queries import see_one_moment
from service.monitoring.reconcile import Reconciliation, reconcile

_TERMS = ("due", "planned", "accepted", "failed", "suppressed", "cancelled", "expired", "unknown")


def add_to(app: typer.Typer) -> None:
    """Add the command to the root."""
    app.command("reconcile")(reconcile_now)


def reconcile_now(
    edition: Annotated[int | None, typer.Option(help="this edition, open or over")] = None,
    list_slug: Annotated[str | None, typer.Option("--list", help="only of this list")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="print one line of JSON")] = False,
) -> None:
    """Count the equation of every open edition now, and check the ledger.

    Ends with 1 when an equation does not hold.
    """
    with context.database.reading() as session:
        see_one_moment(session)
        found = reconcile(session, edition_id=edition, list_slug=list_slug, now=context.clock.now())
    if as_json:
        print_json(found.as_dict())
    else:
        _print_in_words(found)
    if not found.holds:
        raise typer.Exit(1)


def _print_in_words(found: Reconciliation) -> None:
    console = context.console
    if not found.editions:
        console.print("No edition is open.")
    else:
        console.print(_table(found))
        verdict = "The equation holds." if found.holds else "The equation does NOT hold."
        console.print(verdict, style="green" if found.holds else "bold red")
    for alarm in found.ringing:
        console.print(Text(f"{alarm.name}: {alarm.what}", style="yellow"))


def _table(found: Reconciliation) -> Table:
    table = Table("edition", "state", box=None, pad_edge=False, header_style="dim")
    for term in (*_TERMS, "open", "skipped"):
        table.add_column(term, justify="right")
    for edition, equation in found.editions:
        terms = equation.as_dict()
        skipped = sum(equation.skipped.values())
        table.add_row(
            Text(f"{edition.id} {edition.list.name}, {edition.local_date:%d %B}"),
            edition.state,
            *(f"{terms[term]:,}" for term in (*_TERMS, "open")),
            f"{skipped:,}",
        )
    return table
