"""`podbrief staff`: who may sign in to the admin, and one-time links to do it."""

import typer

from service.accounts.sign_in import LINK_LASTS, create_link, sign_out_everywhere
from service.accounts.staff import create_staff, staff_called
from service.cli.context import context

app = typer.Typer(help="Let people sign in to the admin.", no_args_is_help=True)


@app.command()
def create(
    email: str = typer.Argument(help="Their address; they are known by it."),
    name: str = typer.Option("", help="How the admin calls them."),
) -> None:
    """Add somebody and print a link that signs them in once."""
    with context.database.transaction() as session:
        person = create_staff(session, email=email, name=name, now=context.clock.now())
    context.notes.print(f"{person.email} may sign in now.", markup=False, highlight=False)
    _print_link(email)


@app.command()
def link(email: str = typer.Argument(help="The address of somebody who is staff.")) -> None:
    """Print a new link that signs somebody in once."""
    _print_link(email)


@app.command("sign-out")
def sign_out(email: str = typer.Argument(help="The address of somebody who is staff.")) -> None:
    """End all sessions of somebody and void their unused links."""
    with context.database.transaction() as session:
        person = staff_called(session, email=email)
        ended = sign_out_everywhere(session, staff_id=person.id, now=context.clock.now())
    sessions = "1 session" if ended == 1 else f"{ended} sessions"
    context.notes.print(
        f"{sessions} of {person.email} ended; unused links are void.", markup=False, highlight=False
    )


def _print_link(email: str) -> None:
    with context.database.transaction() as session:
        secret = create_link(session, email=email, now=context.clock.now())
    address = f"{context.settings.public_url}/signin/{secret}"
    context.console.print(address, markup=False, highlight=False, soft_wrap=True)
    minutes = int(LINK_LASTS.total_seconds() // 60)
    context.notes.print(
        f"It works once, within {minutes} minutes. Send it to nobody else.", highlight=False
    )
