"""`podbrief lists rules`: how a list's briefs are chosen, and every version of that."""

from typing import Any

from rich.table import Table

from service.audience.queries import list_by_slug
from service.cli.context import context, print_json
from service.selection.rule_versions import history_of, read_changes, rules_of, set_rules
from service.selection.rules import Rules

BY_COMMAND = "command line"


def change_rules(slug: str, changes: list[str]) -> None:
    """Make a new version of a list's rules."""
    wanted = read_changes(changes)
    with context.database.transaction() as session:
        newsletter = list_by_slug(session, slug=slug)
        set_rules(
            session,
            list_id=newsletter.id,
            changes=wanted,
            by=BY_COMMAND,
            now=context.clock.now(),
        )


def show_rules(slug: str, *, as_json: bool) -> None:
    """Print the rules that hold, and which of them are not as shipped."""
    with context.database.reading() as session:
        version = rules_of(session, list_id=list_by_slug(session, slug=slug).id)
    settings = version.rules.model_dump()
    if as_json:
        print_json({"list": slug, "version": version.number, "rules": settings})
        return
    shipped = Rules().model_dump()
    table = Table("rule", "value", "as shipped", title=f"{slug}, version {version.number}")
    table.title_justify = "left"
    for name, value in settings.items():
        table.add_row(name, f"{value:g}", "" if value == shipped[name] else f"{shipped[name]:g}")
    context.console.print(table)


def show_history(slug: str, *, as_json: bool) -> None:
    """Print every version, newest first, with what it has set."""
    with context.database.reading() as session:
        found: list[dict[str, Any]] = [
            {
                "version": row.version,
                "created_at": row.created_at.isoformat(timespec="seconds"),
                "created_by": row.created_by,
                "settings": row.settings,
            }
            for row in history_of(session, list_id=list_by_slug(session, slug=slug).id)
        ]
    if as_json:
        print_json(found)
        return
    table = Table("version", "since (UTC)", "by", "not as shipped", box=None)
    for one in found:
        settings = ", ".join(f"{name}={value:g}" for name, value in one["settings"].items())
        table.add_row(
            str(one["version"]), one["created_at"][:16], one["created_by"], settings or "nothing"
        )
    table.add_row("0", "", "", "nothing")
    context.console.print(table)
