"""`podbrief brief`: preview one person's brief, why they got it, and what became of it."""

import datetime as dt
import sys
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from service.cli.context import context, print_json
from service.errors import InputError

if TYPE_CHECKING:
    from service.sending.trace import Trace

app = typer.Typer(help="One person's brief: preview it, ask why, trace it.", no_args_is_help=True)


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
    who: Annotated[
        str | None, typer.Argument(help="a brief's number, or the person's address")
    ] = None,
    *,
    subscriber: Annotated[str | None, typer.Option(help="the person's address")] = None,
    date: Annotated[
        str | None, typer.Option(help="local date, YYYY-MM-DD; default: newest")
    ] = None,
    replay: Annotated[
        bool, typer.Option("--replay", help="choose once more from what was frozen, and compare")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="print one line of JSON, with every candidate")
    ] = False,
) -> None:
    """Show what somebody got, each pick with its stored reason, and how everything else scored."""
    from service.cli.brief_why import print_why
    from service.sending.why import why_brief

    whom = who or subscriber
    if not whom:
        raise InputError("whose? Name a brief by its number, or a person by their address")
    found = why_brief(context.database, whom, date=read_date(date), replay=replay)
    if as_json:
        print_json(found)
        return
    for brief in found:
        print_why(brief)


@app.command("trace")
def trace_briefs(
    who: Annotated[str, typer.Argument(help="a brief's number, or the person's address")],
    date: Annotated[
        str | None, typer.Option(help="local date, YYYY-MM-DD; default: their newest five")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="print one line of JSON")] = False,
) -> None:
    """Show every state a brief was in: when, by which worker, with which reply."""
    from service.sending.trace import trace

    found = trace(context.database, who, date=read_date(date))
    if as_json:
        print_json([one.as_dict() for one in found])
        return
    for one in found:
        _print_trace(one)


def _print_trace(one: "Trace") -> None:
    title = f"brief {one.brief_id}, {one.list_slug}, {one.local_date}: {one.state}"
    table = Table("when (UTC)", "state", "try", "worker", "reply", title=title)
    table.title_justify = "left"
    for step in one.steps:
        words = [step.stage, str(step.code) if step.code else None, step.reply, step.reason]
        if step.provider_id:
            words.append(f"id {step.provider_id}")
        table.add_row(
            f"{step.at:%Y-%m-%d %H:%M:%S}" if step.at else "",
            step.state,
            str(step.attempt or ""),
            Text(step.worker or ""),
            Text(" · ".join(word for word in words if word)),
        )
    context.console.print(table)
    context.console.print(
        f"due {one.due_at:%Y-%m-%d %H:%M:%S}, no later than {one.expires_at:%H:%M:%S} UTC"
    )


def read_date(text: str | None) -> dt.date | None:
    """Read a --date; raises `InputError` when it is none."""
    try:
        return dt.date.fromisoformat(text) if text else None
    except ValueError as error:
        raise InputError(f"--date {text}: not a date such as 2026-11-22") from error


def _print_to_terminal(brief: dict[str, Any]) -> None:
    context.console.print(brief["subject"], style="bold", highlight=False, markup=False)
    context.console.print()
    context.console.print(brief["text"], highlight=False, markup=False, soft_wrap=True)
