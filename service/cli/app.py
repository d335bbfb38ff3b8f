"""The `podbrief` command: puts the nouns together and turns errors into sentences."""

import sys

import typer

from service.cli import (
    brief,
    database,
    dkim,
    editions,
    evaluation,
    feedback,
    insights,
    lists,
    processes,
    reconcile,
    route,
    staff,
    status,
    sweep,
)
from service.cli import subscribers as subscribers_commands
from service.cli.context import context
from service.errors import InputError, PodbriefError, UnavailableError
from service.log import set_up_logging

app = typer.Typer(
    name="podbrief",
    help="Personal podcast briefs: five chosen insights for each subscriber, at their hour.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)
app.add_typer(lists.app, name="lists")
app.add_typer(subscribers_commands.app, name="subscribers")
app.add_typer(insights.app, name="insights")
app.add_typer(editions.app, name="edition")
app.add_typer(brief.app, name="brief")
app.add_typer(feedback.app, name="feedback")
app.add_typer(database.app, name="db")
app.add_typer(dkim.app, name="dkim")
app.add_typer(staff.app, name="staff")
app.add_typer(route.app, name="route")
status.add_to(app)
reconcile.add_to(app)
sweep.add_to(app)
processes.add_to(app)
evaluation.add_to(app)

EXIT_ERROR = 1
EXIT_INPUT = 2
EXIT_UNAVAILABLE = 4


def main() -> None:
    """Run the command line; an error we foresaw is a sentence, never a traceback."""
    set_up_logging(level="warning", style="console")  # commands that serve set up their own
    try:
        app()
    except UnavailableError as error:
        _say(error, EXIT_UNAVAILABLE)
    except InputError as error:
        _say(error, EXIT_INPUT)
    except PodbriefError as error:
        _say(error, EXIT_ERROR)
    except KeyboardInterrupt:
        sys.exit(130)


def _say(error: PodbriefError, code: int) -> None:
    context.notes.print("podbrief:", style="bold red", end=" ")
    context.notes.print(str(error), markup=False, highlight=False, soft_wrap=True)
    sys.exit(code)
