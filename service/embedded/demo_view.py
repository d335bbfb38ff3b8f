"""What the demo shows: its steps while they run, then the reconciliation and where to look."""

from collections.abc import Sequence

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn
from rich.table import Table

from service.config import Settings
from service.editions.equation import Equation
from service.embedded.demo_play import Played
from service.embedded.ports import Address

ALWAYS_SHOWN = ("accepted", "open")


def demo_progress(console: Console) -> Progress:
    """Return the view in which the steps appear."""
    return Progress(
        SpinnerColumn(finished_text="[green]✓[/green]"),
        TextColumn("{task.description}"),
        BarColumn(bar_width=30, complete_style="default", finished_style="default"),
        TextColumn("{task.fields[count]}"),
        console=console,
    )


def show_what_is_different(
    console: Console, *, left_alone: Sequence[str], moved: Sequence[Address]
) -> None:
    """Say which settings the demo does not follow, and which ports it had to change."""
    if left_alone:
        console.print(
            f"The demo mails nobody and touches no store of yours: {', '.join(left_alone)} "
            f"{'is' if len(left_alone) == 1 else 'are'} left alone.",
            highlight=False,
        )
    for address in moved:
        console.print(
            f"The port of {address.what} is taken: it listens on {address.port} this time.",
            highlight=False,
        )


def show_outcome(console: Console, *, played: Played, settings: Settings) -> None:
    """Print the reconciliation, then where to look."""
    console.print()
    console.print(equation_table(played.equation))
    if played.first_seconds is not None:
        console.print(
            f"The first brief was in the inbox after {played.first_seconds} s, "
            f"the last after {played.seconds} s.",
            highlight=False,
        )
    if played.already_served:
        console.print(
            f"{played.already_served:,} had their brief of today already.", highlight=False
        )
    inbox = f"http://{settings.catcher.host}:{settings.catcher.inbox_port}"
    places = Table(show_header=False, box=None, pad_edge=False)
    for what, where in (
        ("site", settings.public_url),
        ("inbox", inbox),
        ("admin", f"{played.sign_in_address}  (works once)"),
        ("logs", str(settings.home / "logs")),
    ):
        places.add_row(f"[bold]{what}[/bold]", where)
    console.print(places, soft_wrap=True, highlight=False)
    console.print("Everything runs until Ctrl-C.", style="dim")


def equation_table(equation: Equation) -> Table:
    """Return due, planned and every end, each with its number."""
    table = Table(title="Today's reconciliation", title_justify="left", show_header=False)
    table.add_column()
    table.add_column(justify="right")
    table.add_row("due", f"{equation.due:,}")
    for reason, number in sorted(equation.skipped.items()):
        table.add_row(f"  skipped: {reason.replace('_', ' ')}", f"{number:,}")
    table.add_row("planned", f"{equation.planned:,}")
    for name, number in equation.as_dict().items():
        is_end = name not in ("due", "planned", "skipped", "equation_holds")
        if is_end and (number or name in ALWAYS_SHOWN):
            table.add_row(f"  {name.replace('_', ' ')}", f"{number:,}")
    table.add_section()
    table.add_row("due = planned + skipped, all ended", "yes" if equation.holds else "NO")
    return table
