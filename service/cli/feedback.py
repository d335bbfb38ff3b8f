"""`podbrief feedback …`: what readers did, and the mails that ask us to stop."""

import datetime as dt
import sys
from typing import Annotated

import typer
from rich.table import Table

from service.cli.context import context, print_json

app = typer.Typer(no_args_is_help=True, help="What readers did with their briefs.")
AsJson = Annotated[bool, typer.Option("--json", help="print JSON")]
Days = Annotated[int, typer.Option("--days", min=1, help="how far to look back")]
NOBODY_HERE = 3  # exit status: a person has to read this mail


@app.command("unsubscribe-mail")
def unsubscribe_mail() -> None:
    """Read one raw mail from standard input and honour what it asks.

    For the mailbox of PODBRIEF_MAIL_UNSUBSCRIBE_MAILTO: let the mail server pipe each mail here.
    Exit status 3 says that no signed token was found in it, so that somebody must read it.
    """
    from service.feedback.unsubscribe_mail import (
        LARGEST_MAIL,
        MailOutcome,
        unsubscribe_by_mail,
    )
    from service.tokens import Signer

    raw = sys.stdin.buffer.read(LARGEST_MAIL)
    signer = Signer(context.settings.signing_keys())
    with context.database.transaction() as session:
        found = unsubscribe_by_mail(session, raw, signer=signer, now=context.clock.now())
    if found is MailOutcome.NOT_OURS:
        context.console.print("no token of ours is in this mail: somebody must read it")
        raise typer.Exit(NOBODY_HERE)
    context.console.print("unsubscribed" if found is MailOutcome.LEFT else "had left before")


@app.command("visits")
def visits(days: Days = 7, as_json: AsJson = False) -> None:
    """Count who followed our signed links: humans, and what was suspected to be a program."""
    from service.feedback.visits import visit_figures

    since = context.clock.now() - dt.timedelta(days=days)
    with context.database.reading() as session:
        figures = visit_figures(session, since=since)
    if as_json:
        names = ("kind", "target", "humans", "suspected")
        print_json([dict(zip(names, row, strict=True)) for row in figures])
        return
    table = Table("kind", "target", "humans", "suspected", box=None)
    for kind, target, humans, suspected in figures:
        table.add_row(kind, target, f"{humans:,}", f"{suspected:,}")
    context.console.print(table if figures else f"nobody followed a link in {days} days")


@app.command("reasons")
def reasons(days: Days = 90, as_json: AsJson = False) -> None:
    """Count why people left, of those who said so."""
    from service.feedback.departures import reasons_given

    since = context.clock.now() - dt.timedelta(days=days)
    with context.database.reading() as session:
        found = reasons_given(session, since=since)
    if as_json:
        print_json([{"reason": reason, "count": count} for reason, count in found])
        return
    for reason, count in found:
        context.console.print(f"{count:,} {reason.replace('_', ' ')}")
    if not found:
        context.console.print(f"nobody said why in {days} days")
