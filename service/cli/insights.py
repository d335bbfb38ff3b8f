"""`podbrief insights`: bring insights into the store, and take them back."""

from typing import Annotated

import typer

from service.cli import related, stories, taking_back
from service.cli.context import context
from service.cli.imports import AsJson, DryRun, Strict, finish, shown_import
from service.sources.import_insights import import_insights
from service.sources.import_lines import ImportManner
from service.sources.line_file import open_lines

app = typer.Typer(help="Insights: what briefs are made of.", no_args_is_help=True)


related.add_to(app)
stories.add_to(app)
taking_back.add_to(app)


@app.callback()
def insights() -> None:
    """Insights: what briefs are made of."""


@app.command("import")
def import_file(
    file: Annotated[
        str, typer.Argument(metavar="FILE", help="A file of JSON Lines; - for standard input.")
    ],
    *,
    strict: Strict = False,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Import insights, one JSON object a line.

    Required is [b]text[/b]. Optional:
    [b]id[/b] (your own; without it the text is the identity),
    [b]headline, podcast, episode, episode_url, speaker[/b],
    [b]timecode[/b] (seconds), [b]published_at[/b] (ISO 8601; now),
    [b]topics[/b] (a list of names or slugs, made when new),
    [b]url, quality[/b] (0 to 1), [b]language[/b].

    The same file twice changes nothing; a line with a known id and other
    facts puts that insight right. A bad line is told as
    file:line: field: what is wrong; the rest goes in.

    Exit status: 0 all went in, 1 some lines were rejected, 2 nothing was
    written.
    """
    manner = ImportManner(strict=strict, dry_run=dry_run)
    with open_lines(file) as lines, shown_import("insights", lines.size) as shown:
        report = import_insights(
            lines,
            database=context.database,
            clock=context.clock,
            manner=manner,
            listener=shown,
            model=context.text_model,
        )
    finish(report, manner=manner, as_json=as_json)
