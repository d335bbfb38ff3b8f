"""`podbrief db`: the store's schema and copies of it."""

from pathlib import Path
from typing import Annotated

import typer

from service.cli.context import context

app = typer.Typer(
    help="The store: bring it to the newest schema, back it up.", no_args_is_help=True
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
