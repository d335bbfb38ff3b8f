"""`podbrief brief`: preview one person's brief, and why they got it."""

import datetime as dt
import sys
from enum import StrEnum
from typing import Annotated, Any

import typer
from rich.table import Table

from service.cli.context import context, print_json

app = typer.Typer(help="One person's brief: preview it, ask why.", no_args_is_help=True)


class Format(StrEnum):
    """How a preview is printed."""

    HTML = "html"
    TEXT = "text"
    EML = "eml"
    JSON = "json"
    TERMINAL = "terminal"


@app.command("preview")
def preview(
    list_slug: Annotated[str, typer.Option("--list", help="slug of the list")],
    subscriber: Annotated[str, typer.Option(help="the person's address")],
    output: Annotated[Format, typer.Option("--format", help="how to print it")] = Format.TERMINAL,
) -> None:
    """Choose and render what this person would get now; nothing is written or sent."""
    from service.sending.preview import preview_brief

    shown = preview_brief(
        context.database,
        list_slug=list_slug,
        email=subscriber,
        signer=context.signer,
        public_url=context.settings.public_url,
        unsubscribe_mailto=context.settings.mail.unsubscribe_mailto,
        now=context.clock.now(),
    )
    if output is Format.EML:
        sys.stdout.buffer.write(shown.content.wire())
    elif output is Format.JSON:
        print_json(shown.as_dict())
    elif output is Format.HTML:
        print(shown.content.parts().html)  # noqa: T201 - the result itself
    elif output is Format.TEXT:
        print(shown.content.parts().text)  # noqa: T201 - the result itself
    else:
        _print_to_terminal(shown.as_dict())


@app.command("why")
def why(
    subscriber: Annotated[str, typer.Option(help="the person's address")],
    date: Annotated[
        str | None, typer.Option(help="local date, YYYY-MM-DD; default: newest")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="print one line of JSON")] = False,
) -> None:
    """Show what somebody got on a date, each with the reason stored when it was chosen."""
    from service.sending.why import why_brief

    found = why_brief(
        context.database, email=subscriber, date=dt.date.fromisoformat(date) if date else None
    )
    if as_json:
        print_json(found)
        return
    for brief in found:
        title = f"{brief['list']}, {brief['local_date']}: {brief['state']}"
        if brief["reason"]:
            title += f" ({brief['reason']})"
        _print_picks(brief["picks"], title)


def _print_to_terminal(brief: dict[str, Any]) -> None:
    context.console.print(brief["subject"], style="bold", highlight=False, markup=False)
    context.console.print()
    context.console.print(brief["text"], highlight=False, markup=False, soft_wrap=True)


def _print_picks(picks: list[dict[str, Any]], title: str) -> None:
    table = Table("", "insight", "podcast", "why", "score", title=title, title_justify="left")
    for rank, pick in enumerate(picks, start=1):
        headline = pick["headline"] or pick["text"][:60]
        table.add_row(
            str(rank), headline, pick["podcast"] or "", pick["why"], f"{pick['score']:.2f}"
        )
    context.console.print(table)
