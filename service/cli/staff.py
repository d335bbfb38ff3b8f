"""`podbrief staff`: who may sign in to the admin, and one-time links to do it."""

import typer

from service.accounts.mail_link import mail_link
from service.accounts.sign_in import LINK_LASTS, create_link, sign_out_everywhere
from service.accounts.staff import create_staff, staff_called
from service.cli.context import context
from service.db.sealed import Sealer
from service.errors import ConfigurationError
from service.jobs import Doorbell

MAIL = "Mail the link to them instead of printing it."

app = typer.Typer(help="Let people sign in to the admin.", no_args_is_help=True)


@app.command()
def create(
    email: str = typer.Argument(help="Their address; they are known by it."),
    name: str = typer.Option("", help="How the admin calls them."),
    mail: bool = typer.Option(False, "--mail", help=MAIL),
) -> None:
    """Add somebody and print, or mail, a link that signs them in once."""
    if mail:
        _refuse_mail_from_nobody()
    with context.database.transaction() as session:
        person = create_staff(session, email=email, name=name, now=context.clock.now())
    context.notes.print(f"{person.email} may sign in now.", markup=False, highlight=False)
    _give_link(email, mail=mail)


@app.command()
def link(
    email: str = typer.Argument(help="The address of somebody who is staff."),
    mail: bool = typer.Option(False, "--mail", help=MAIL),
) -> None:
    """Print, or mail, a new link that signs somebody in once."""
    if mail:
        _refuse_mail_from_nobody()
    _give_link(email, mail=mail)


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


def _give_link(email: str, *, mail: bool) -> None:
    minutes = int(LINK_LASTS.total_seconds() // 60)
    if mail:
        with context.database.transaction() as session:
            person = mail_link(
                session,
                email=email,
                sealer=Sealer(context.settings.signing_keys()),
                now=context.clock.now(),
                doorbell=Doorbell(context.settings),
            )
        said = f"A link is on its way to {person.email}. It works once, within {minutes} minutes."
        context.notes.print(said, markup=False, highlight=False)
        return
    with context.database.transaction() as session:
        secret = create_link(session, email=email, now=context.clock.now())
    address = f"{context.settings.public_url}/signin/{secret}"
    context.console.print(address, markup=False, highlight=False, soft_wrap=True)
    context.notes.print(
        f"It works once, within {minutes} minutes. Send it to nobody else.", highlight=False
    )


def _refuse_mail_from_nobody() -> None:
    from service.sending.letters import NO_SENDER, house_mailbox

    with context.database.reading() as session:
        if house_mailbox(session, context.settings.mail.from_address) is None:
            raise ConfigurationError(NO_SENDER)
