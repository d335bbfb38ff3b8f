"""`podbrief route`: which ways out are stopped, and opening one again."""

from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from service.cli.context import context, print_json
from service.errors import InputError, NotFoundError
from service.jobs import Doorbell, Job
from service.ledger import stops

app = typer.Typer(help="Routes: what stopped one, stop it, open it again.", no_args_is_help=True)


@app.command("show")
def show(
    as_json: Annotated[bool, typer.Option("--json", help="print one line of JSON")] = False,
) -> None:
    """Show which routes are stopped, since when and why."""
    with context.database.reading() as session:
        found = [
            (route, stop) for stop in stops.standing(session) if (route := stops.route_of(stop))
        ]
    if as_json:
        print_json(
            [
                {"route": route, "since": stop.since, "reason": stop.reason, "by": stop.entered_by}
                for route, stop in found
            ]
        )
        return
    if not found:
        context.console.print("No route is stopped.")
        return
    table = Table("route", "stopped since (UTC)", "by", "why")
    for route, stop in found:
        table.add_row(
            route, f"{stop.since:%Y-%m-%d %H:%M:%S}", Text(stop.entered_by), Text(stop.reason)
        )
    context.console.print(table)


@app.command("open")
def open_again(name: Annotated[str, typer.Argument(help="the route, as status names it")]) -> None:
    """Let a route be used again, after you have looked at what stopped it."""
    with context.database.transaction() as session:
        if not stops.open_route(session, name, now=context.clock.now()):
            raise NotFoundError(
                f"the route {name} is not stopped: `podbrief route show` lists them"
            )
    Doorbell(context.settings).ring(Job.DELIVER)
    context.console.print(f"The route {name} is open.")


@app.command("stop")
def stop(
    name: Annotated[str, typer.Argument(help="the route, such as smtp")],
    reason: Annotated[str, typer.Option(help="why, for whoever looks later")],
) -> None:
    """Let nobody send by a route until it is opened again; what is being sent ends first."""
    if not reason.strip():
        raise InputError("--reason is empty: whoever looks later will want to know")
    with context.database.transaction() as session:
        is_new = stops.stop_route(
            session, name, reason.strip(), by="podbrief route stop", now=context.clock.now()
        )
    said = "is stopped" if is_new else "was stopped already"
    context.console.print(f"The route {name} {said}. Go on: podbrief route open {name}")
