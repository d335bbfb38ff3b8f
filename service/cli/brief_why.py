"""Print why a brief holds what it holds."""

from typing import Any

from rich.table import Table
from rich.text import Text

from service.cli.context import context

SHOWN = 25  # candidates; all of them are in the JSON


def print_why(brief: dict[str, Any]) -> None:
    """Print a brief's picks with their reasons, then the best candidates part by part."""
    title = f"{brief['list']}, {brief['local_date']}: {brief['state']}"
    if brief["reason"]:
        title += f" ({brief['reason']})"
    table = Table("", "insight", "podcast", "why", "score", title=title, title_justify="left")
    for rank, pick in enumerate(brief["picks"], start=1):
        headline = pick["headline"] or pick["text"][:60]
        table.add_row(
            str(rank),
            Text(headline),
            Text(pick["podcast"] or ""),
            Text(pick["why"]),
            f"{pick['score']:.2f}",
        )
    context.console.print(table)
    if brief["choice"] is None:
        context.console.print("nothing was kept of how it was chosen")
        return
    _print_choice(brief["choice"])


def _print_choice(choice: dict[str, Any]) -> None:
    candidates = choice["candidates"]
    names = list(candidates[0]["parts"]) if candidates else []
    title = f"rules version {choice['rules_version']}, {len(candidates):,} candidates"
    table = Table("", "candidate", "score", *names, title=title, title_justify="left")
    for one in candidates[:SHOWN]:
        mark = "pick" if one["is_pick"] else "out" if one["is_out"] else ""
        numbers = [f"{one['score']:.2f}", *(f"{value:.2f}" for value in one["parts"].values())]
        table.add_row(mark, Text(one["headline"][:60]), *numbers)
    context.console.print(table)
    if len(candidates) > SHOWN:
        context.console.print(f"and {len(candidates) - SHOWN:,} more: --json shows all")
    if choice["problem"]:
        context.console.print(choice["problem"])
    replay = choice.get("replay")
    if replay is not None:
        said = {True: "chosen again: the same", False: "chosen again: other picks", None: ""}
        context.console.print(said[replay["same"]] or "it cannot be chosen again")
