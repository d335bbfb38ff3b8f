"""`podbrief insights related`, `search` and `embed`: what is near to what, and keeping it so."""

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from service.cli.context import context, print_json
from service.cli.imports import AsJson
from service.errors import InputError

if TYPE_CHECKING:
    from service.insights.search import Near

LONGEST_TEXT = 20_000  # characters
MOST_SHOWN = 100
Limit = Annotated[int, typer.Option(min=1, max=MOST_SHOWN, help="how many at most")]


def add_to(app: typer.Typer) -> None:
    """Put these commands beside the others on insights."""
    app.command("related")(related_insights)
    app.command("search")(search_insights)
    app.command("embed")(embed)


def related_insights(
    insight_id: Annotated[
        int | None, typer.Argument(metavar="[ID]", help="id of an insight")
    ] = None,
    *,
    text: Annotated[
        str | None, typer.Option(help="a text of your own instead; - for standard input")
    ] = None,
    limit: Limit = 10,
    as_json: AsJson = False,
) -> None:
    """Show the insights nearest to one, or to a text; never of its own story.

    JSON: a list of objects with [b]id, text, score[/b], the nearest first.
    """
    from service.insights.related import related, related_to_text

    if (insight_id is None) == (text is None):
        raise InputError("name either the id of an insight or a --text")
    model = context.text_model
    with context.database.reading() as session:
        if insight_id is not None:
            found = related(session, insight_id, model=model, limit=limit)
        else:
            found = related_to_text(session, _read(text or ""), model=model, limit=limit)
    _show(found, as_json=as_json, nothing="Nothing is near to it.")


def search_insights(
    words: Annotated[str, typer.Argument(help="what to look for")],
    *,
    limit: Limit = 20,
    as_json: AsJson = False,
) -> None:
    """Search all insights by words and meaning, one of each story.

    JSON: a list of objects with [b]id, text, score[/b], the best first.
    """
    from service.insights.search import search

    with context.database.reading() as session:
        found = search(session, _read(words), model=context.text_model, limit=limit)
    _show(found, as_json=as_json, nothing="Nothing was found: try fewer or other words.")


def embed() -> None:
    """Read all insights with the text model that is set, and find what is related.

    Workers do the same a little at a time; this does it at once. Safe to stop
    and to run again.
    """
    from service.insights.catch_up import backlog, read_page
    from service.insights.related import BLOCK, relate_waiting

    model, database, now = context.text_model, context.database, context.clock.now()
    with database.reading() as session:
        unread = backlog(session, model=model).unread
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    watched = context.notes.is_terminal
    with Progress(
        *columns, TimeRemainingColumn(), console=context.notes, disable=not watched
    ) as bar:
        reading = bar.add_task("read", total=unread)
        left, before_id = unread, None
        while left:
            before_id = read_page(database, model=model, now=now, before_id=before_id)
            with database.reading() as session:
                left = backlog(session, model=model).unread if before_id is not None else 0
            bar.update(reading, completed=unread - left)
        with database.reading() as session:
            waiting = backlog(session, model=model).unrelated
        relating, related = bar.add_task("related", total=waiting), 0
        while found := relate_waiting(database, model=model, most=BLOCK):
            related += found
            bar.update(relating, completed=related, total=max(waiting, related))
    context.console.print(
        f"{unread:,} insights read with {model.name}, related ones found for {related:,}",
        highlight=False,
    )


def _read(text: str) -> str:
    """Return what was typed, or standard input for a dash."""
    text = sys.stdin.read(LONGEST_TEXT + 1) if text == "-" else text
    if not text.strip():
        raise InputError("the text is empty: say what to look for")
    if len(text) > LONGEST_TEXT:
        raise InputError(f"the text is longer than {LONGEST_TEXT:,} characters")
    return text


def _show(found: Sequence["Near"], *, as_json: bool, nothing: str) -> None:
    if as_json:
        print_json([{"id": one.insight_id, "text": one.text, "score": one.score} for one in found])
        return
    if not found:
        context.notes.print(nothing)
        return
    table = Table("id", "score", "insight", box=None, pad_edge=False)
    for one in found:
        said = Text(f"{one.headline}. {one.text}" if one.headline else one.text)
        table.add_row(str(one.insight_id), f"{one.score:.2f}", said)
    context.console.print(table)
