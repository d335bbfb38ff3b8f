"""`podbrief insights stories`, `merge` and `split`: what was told twice, and putting that right."""

from typing import Annotated

import typer
from rich.text import Text

from service.cli.context import context, print_json
from service.cli.imports import AsJson

BY = "command line"  # who did it, as the store keeps it
Number = Annotated[int, typer.Argument(metavar="INSIGHT", help="id of an insight")]


def add_to(app: typer.Typer) -> None:
    """Put these commands beside the others on insights."""
    app.command("stories")(stories)
    app.command("merge")(merge)
    app.command("split")(split)


def stories(
    *,
    limit: Annotated[int, typer.Option(min=1, help="how many at most")] = 1_000,
    as_json: AsJson = False,
) -> None:
    """Show stories that were told more than once, the latest first.

    JSON: a list of objects with [b]id, reason[/b] (exact, retold or by_hand) and
    [b]insights[/b], objects with [b]id, text[/b].
    """
    from service.insights.told_stories import told_stories

    with context.database.reading() as session:
        found = told_stories(session, limit=limit)
    if as_json:
        print_json(
            [
                {
                    "id": story.story_id,
                    "reason": story.reason,
                    "insights": [
                        {"id": telling.insight_id, "text": telling.text}
                        for telling in story.tellings
                    ],
                }
                for story in found
            ]
        )
        return
    if not found:
        context.notes.print("No story was told twice yet.")
        return
    for story in found:
        context.console.print(f"[b]story {story.story_id}[/b] ({story.reason})", highlight=False)
        for telling in story.tellings:
            why = "" if telling.score is None else f" [{telling.reason}, {telling.score:.2f}]"
            context.console.print(
                Text(f"  {telling.insight_id}  {telling.headline or telling.text}{why}")
            )


def merge(one: Number, other: Number) -> None:
    """Make the stories of two insights one: whoever had either has had it."""
    from service.insights.arrange_stories import merge_stories
    from service.insights.told_stories import story_of

    with context.database.transaction() as session:
        kept = merge_stories(
            session,
            story_of(session, insight_id=one),
            story_of(session, insight_id=other),
            by=BY,
            now=context.clock.now(),
        )
    context.console.print(f"one story now: {kept}", highlight=False)


def split(
    insights: Annotated[list[int], typer.Argument(metavar="INSIGHT…", help="ids of one story")],
) -> None:
    """Take insights out of their story into one of their own, for good."""
    from service.insights.arrange_stories import split_story

    with context.database.transaction() as session:
        story, new = split_story(session, insights, by=BY, now=context.clock.now())
    context.console.print(f"two stories now: {story} and {new}", highlight=False)
