"""`podbrief edition`: run, show, pause, resume and cancel."""

import datetime as dt
import sys
import time
from typing import TYPE_CHECKING, Annotated

import typer
from rich.box import SIMPLE_HEAD
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from service.cli.context import context, print_json
from service.editions import control
from service.editions.equation import Equation, equation_of, equation_of_run
from service.editions.models import Edition
from service.editions.queries import edition_by_id, recent_editions
from service.errors import InputError
from service.jobs import Doorbell, Job
from service.ledger.heartbeats import alive
from service.monitoring.queries import see_one_moment

if TYPE_CHECKING:
    from service.editions.plan import Tally

app = typer.Typer(help="Editions: one list on one date. Run, watch, pause.", no_args_is_help=True)

EXIT_NO_WORKER = 3
LOOK_EVERY_SECONDS = 0.5


@app.command("run")
def run(
    list_slug: Annotated[str, typer.Option("--list", help="slug of the list")],
    at: Annotated[str | None, typer.Option(help="as if it were this moment (ISO 8601)")] = None,
    wait: Annotated[
        bool, typer.Option("--wait", help="until all of its briefs have ended")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="print one line of JSON")] = False,
) -> None:
    """Make every active subscription of a list due now, each in its own local date.

    Whoever was served that date stays served. With --wait the equation over the briefs of this run
    is printed when all have ended.
    """
    from service.editions.run import run_edition  # here: it brings numpy along

    database, now = context.database, context.clock.now()
    as_of = _moment(at) if at else now
    if wait:
        _need_a_worker()
    started = time.monotonic()
    progress = Progress(
        TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), console=context.notes
    )
    doorbell = Doorbell(context.settings)
    with progress:
        planning = progress.add_task("planning", total=None)

        def planned(tally: "Tally") -> None:
            progress.update(planning, description=f"planned {tally.planned:,}")

        edition_run, tally = run_edition(
            database, list_slug=list_slug, as_of=as_of, now=now, doorbell=doorbell, progress=planned
        )
        progress.update(planning, total=1, completed=1)
        if wait:
            _wait_until_ended(edition_run.id, doorbell, progress)
    with database.reading() as session:
        see_one_moment(session)
        equation = equation_of_run(session, run_id=edition_run.id)
    seconds = round(time.monotonic() - started, 2)
    if as_json:
        result = {"list": list_slug, "run": edition_run.id, "seconds": seconds}
        print_json(result | equation.as_dict() | {"already_served": tally.already_served})
    else:
        _print_equation(equation, f"{list_slug}, {seconds} s")
        if tally.already_served:
            context.console.print(f"{tally.already_served:,} had theirs already.")
        if not wait and tally.planned and not _workers():
            context.notes.print("No worker is running, so nothing is sent yet: podbrief up")
    if not equation.holds:
        raise typer.Exit(1)


@app.command("show")
def show(
    edition_id: Annotated[int | None, typer.Argument(help="default: the newest twenty")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="print one line of JSON")] = False,
) -> None:
    """Show editions with their reconciliation: every due subscription in one named state."""
    with context.database.reading() as session:
        see_one_moment(session)
        if edition_id is None:
            editions = recent_editions(session, limit=20)
        else:
            editions = [edition_by_id(session, edition_id=edition_id)]
        found = [(e, equation_of(session, edition_id=e.id)) for e in editions]
    if as_json:
        rows = [_described(edition) | equation.as_dict() for edition, equation in found]
        print_json(rows if edition_id is None else rows[0])
        return
    if not found:
        context.console.print("No edition yet. Run one: podbrief edition run --list SLUG")
        return
    table = Table("id", "list", box=SIMPLE_HEAD, pad_edge=False)
    for name in ("date", "state"):
        table.add_column(name, no_wrap=True)
    for name in ("due", "skipped", "accepted", "not sent", "open"):
        table.add_column(name, justify="right", no_wrap=True)
    for edition, equation in found:
        skipped, not_sent = sum(equation.skipped.values()), equation.ended - equation.accepted
        numbers = [equation.due, skipped, equation.accepted, not_sent, equation.open]
        table.add_row(
            *(str(edition.id), edition.list.slug, str(edition.local_date), edition.state),
            *(f"{number:,}" for number in numbers),
        )
    context.console.print(table)
    for edition, equation in found:
        if edition.problem:
            context.console.print(f"edition {edition.id}: {edition.problem}", markup=False)
        if not equation.holds:
            context.console.print(f"edition {edition.id}: the equation does not hold", style="red")


@app.command("pause")
def pause(edition_id: int) -> None:
    """Stop sending an edition until it is resumed; people are still planned."""
    with context.database.transaction() as session:
        control.pause(session, edition_id=edition_id)
    context.console.print(
        f"Edition {edition_id} is paused. Go on: podbrief edition resume {edition_id}"
    )


@app.command("resume")
def resume(edition_id: int) -> None:
    """Go on with a paused edition where it stood."""
    with context.database.transaction() as session:
        control.resume(session, edition_id=edition_id, now=context.clock.now())
    Doorbell(context.settings).ring(Job.DELIVER)
    context.console.print(f"Edition {edition_id} is open.")


@app.command("cancel")
def cancel(
    edition_id: int,
    yes: Annotated[bool, typer.Option("--yes", help="do not ask")] = False,
) -> None:
    """End an edition for good; what was not begun is never sent."""
    if not yes:
        typer.confirm(f"Cancel edition {edition_id}? Its unsent briefs are never sent", abort=True)
    with context.database.transaction() as session:
        number = control.cancel(session, edition_id=edition_id, now=context.clock.now())
    context.console.print(f"Edition {edition_id} is cancelled, {number:,} briefs with it.")


def _wait_until_ended(run_id: int, doorbell: Doorbell, progress: Progress) -> None:
    sending = progress.add_task("sending", total=None)
    rung_at = time.monotonic()
    while True:
        with context.database.reading() as session:
            see_one_moment(session)
            equation = equation_of_run(session, run_id=run_id)
        progress.update(
            sending,
            total=equation.planned or 1,
            completed=equation.ended,
            description=f"{equation.accepted:,} of {equation.planned:,} accepted",
        )
        if equation.open == 0:
            progress.update(sending, total=1, completed=1)
            return
        if time.monotonic() - rung_at > 30:  # noqa: PLR2004 - a doorbell may be lost
            rung_at = time.monotonic()
            _need_a_worker()
            doorbell.ring(Job.DELIVER)
        time.sleep(LOOK_EVERY_SECONDS)


def _need_a_worker() -> None:
    if not _workers():
        context.notes.print("no worker is running: podbrief up", style="bold red")
        sys.exit(EXIT_NO_WORKER)


def _workers() -> int:
    with context.database.reading() as session:
        return len(alive(session, kind="worker"))


def _moment(text: str) -> dt.datetime:
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError as error:
        raise InputError(f"--at {text}: not a moment such as 2026-11-22T07:00:00+01:00") from error
    return moment.replace(tzinfo=dt.UTC) if moment.tzinfo is None else moment.astimezone(dt.UTC)


def _print_equation(equation: Equation, title: str) -> None:
    table = Table(title=title, show_header=False, title_justify="left")
    table.add_column(justify="left")
    table.add_column(justify="right")
    table.add_row("due", f"{equation.due:,}")
    for reason, number in sorted(equation.skipped.items()):
        table.add_row(f"  skipped ({reason})", f"{number:,}")
    table.add_row("planned", f"{equation.planned:,}")
    for name, number in equation.as_dict().items():
        shown_always = name in ("accepted", "open")
        if name not in ("due", "planned", "skipped", "equation_holds") and (number or shown_always):
            table.add_row(f"  {name}", f"{number:,}")
    context.console.print(table)
    verdict = "The equation holds." if equation.holds else "The equation does NOT hold."
    context.console.print(verdict, style="green" if equation.holds else "bold red")


def _described(edition: Edition) -> dict[str, object]:
    return {
        "id": edition.id,
        "list": edition.list.slug,
        "local_date": edition.local_date.isoformat(),
        "state": edition.state,
        "problem": edition.problem,
    }
