"""`podbrief up` and the parts it is made of, each also a command of its own."""

import os
from typing import Annotated

import typer

from service.cli.context import context

Processes = Annotated[
    int | None,
    typer.Option(
        "--processes", "-p", min=1, help="Child processes that plan and send. Default: the setting."
    ),
]


def add_to(app: typer.Typer) -> None:
    """Add the commands that start processes."""
    panel = "Processes"
    for command in (up, demo, web, worker, beat, catcher):
        app.command(rich_help_panel=panel)(command)


def up(
    *,
    web: Annotated[bool, typer.Option("--web/--no-web", help="Serve the site.")] = True,
    beat: Annotated[
        bool, typer.Option("--beat/--no-beat", help="Run the scheduler; several do no harm.")
    ] = True,
    processes: Processes = None,
) -> None:
    """Run everything here: broker and mail catcher when none are set, worker, beat and site.

    Parts that die start again. Ctrl-C stops all; mails already begun are finished first.
    """
    from service.embedded.installation import Wishes  # here, so that --help is quick
    from service.embedded.up import up as run_everything

    wishes = Wishes(with_web=web, with_beat=beat, processes=processes)
    run_everything(context.settings, console=context.console, wishes=wishes)


def demo(
    *,
    once: Annotated[
        bool,
        typer.Option(
            "--once", help="Start afresh, send one edition, check it, print it as JSON and end."
        ),
    ] = False,
) -> None:
    """Show it all with sample content: five insights for each of 200 invented people.

    Mails go to the built-in inbox, whatever SMTP server your settings name.
    """
    from service.embedded.demo import run_demo
    from service.embedded.demo_once import run_demo_once

    if once:
        raise typer.Exit(run_demo_once(notes=context.notes))
    run_demo(console=context.console)


def web() -> None:
    """Serve the site."""
    from service.embedded.run import run_web

    run_web(context.settings)


def worker(processes: Processes = None) -> None:
    """Run a Celery worker: it plans and sends. Start as many as you like, anywhere."""
    from service.embedded.parts import worker_command, worker_environment

    settings = context.settings
    count = processes or settings.worker.processes
    _become(worker_command(settings, processes=count), worker_environment(processes=count))


def beat() -> None:
    """Run the scheduler: it asks every 30 seconds who is due. Several do no harm."""
    from service.embedded.parts import beat_command

    _become(beat_command(context.settings), {})


def catcher() -> None:
    """Run the mail catcher: an SMTP server that relays nothing, and its inbox page."""
    from service.embedded.run import run_catcher

    run_catcher(context.settings)


def _become(command: list[str], environment: dict[str, str]) -> None:
    os.execvpe(command[0], command, {**os.environ, **environment})  # noqa: S606 - no shell is wanted
