"""`podbrief insights hide` and `show`: take an insight back, or show it again."""

from typing import Annotated

import typer

from service.cli.context import context
from service.insights.take_back import show_again, take_back

Number = Annotated[
    int, typer.Argument(metavar="NUMBER", min=1, help="The number in its page's address.")
]


def add_to(app: typer.Typer) -> None:
    app.command("hide")(hide)
    app.command("show")(show)


def hide(number: Number) -> None:
    """Take an insight back: no page shows it and no brief picks it from now on.

    Its page says that it is gone (410). Briefs that hold it already keep it.
    """
    with context.database.transaction() as session:
        changed = take_back(session, insight_id=number, now=context.clock.now())
    context.console.print(f"insight {number} is {'now' if changed else 'already'} hidden")


def show(number: Number) -> None:
    """Show an insight that was hidden."""
    with context.database.transaction() as session:
        changed = show_again(session, insight_id=number, now=context.clock.now())
    context.console.print(f"insight {number} is {'now' if changed else 'already'} shown")
