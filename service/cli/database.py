"""`podbrief db`: the store's schema, copies of it, and going on after one was restored."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from service.cli.context import context, print_json

if TYPE_CHECKING:
    from service.sending.restored import Restored

app = typer.Typer(
    help="The store: newest schema, copies, going on after a restore.", no_args_is_help=True
)


@app.command("upgrade")
def upgrade_store(
    revision: Annotated[str, typer.Argument(help="revision to go to")] = "head",
) -> None:
    """Create the tables, or change them to what this version needs; safe to run again."""
    from service.db.migrate import upgrade

    upgrade(context.database, revision)
    context.notes.print("The store is up to date.")


@app.command("backup")
def backup_store(
    target: Annotated[
        Path | None,
        typer.Argument(help="file to write; default: HOME/backups/podbrief-<time>.backup"),
    ] = None,
) -> None:
    """Write a consistent copy of the store while everything keeps running."""
    from service.db.migrate import backup, backup_name

    file = target or context.settings.home / "backups" / backup_name(context.clock.now())
    written = backup(context.database, file)
    context.console.print(str(written), soft_wrap=True, highlight=False)


@app.command("restored")
def go_on_after_restore(
    yes: Annotated[bool, typer.Option("--yes", help="do not ask")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="print one line of JSON")] = False,
) -> None:
    """Say that the store was restored from a copy, and let sending go on.

    What was due before may have been sent after the copy was made: it is held in doubt, never sent
    again blindly. Evidence settles it, or it ends as unknown. What is due later goes on.
    """
    from service.sending.restored import go_on, prospect

    database, now = context.database, context.clock.now()
    if not yes:
        _explain(prospect(database, now=now))
        typer.confirm("Go on?", abort=True)
    done = go_on(
        database,
        context.settings.home / "journals",
        now=now,
        steps=context.settings.timing.retry_steps,
    )
    if as_json:
        print_json(asdict(done))
        return
    context.console.print(
        f"{done.held:,} briefs are held in doubt, {done.settled:,} more were settled by journals; "
        f"{done.waiting:,} planned for later go on."
    )


def _explain(found: "Restored") -> None:
    say = context.notes.print
    say(f"Safe mode: {found.reason}.", markup=False)
    say(f"Whoever was due by {found.since:%Y-%m-%d %H:%M:%S} UTC may have been sent to already.")
    say(
        f"{found.held:,} such briefs, and whoever else was due and is not planned yet, stay in "
        "doubt: nothing of them is sent again."
    )
    say(f"{found.waiting:,} briefs planned for later go on.")
