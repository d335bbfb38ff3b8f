"""`podbrief subscribers`: bring people onto a list, and look one up."""

from pathlib import Path
from typing import Annotated, Any

import typer
from sqlalchemy.orm import Session

from service.audience.models import Subscriber
from service.audience.queries import (
    consents_of,
    existing_subscriber,
    interests_of,
    subscriber_by_email,
    subscriptions_of,
    suppression_of,
)
from service.cli.context import context, print_json
from service.cli.imports import AsJson, DryRun, Strict, finish, shown_import
from service.errors import InputError, NotFoundError
from service.sources.import_lines import ImportManner
from service.sources.import_subscribers import import_subscribers
from service.sources.line_file import open_lines

app = typer.Typer(help="Subscribers: the people briefs are for.", no_args_is_help=True)


@app.command("import")
def import_file(
    file: Annotated[
        str, typer.Argument(metavar="FILE", help="A CSV file with a header; - for standard input.")
    ],
    *,
    to_list: Annotated[str, typer.Option("--list", metavar="SLUG", help="The list they join.")],
    strict: Strict = False,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Import people from a CSV file with a header.

    Required is the column [b]email[/b]. Optional:
    [b]name, topics[/b] (names or slugs with ; between them, made when new),
    [b]timezone[/b] (such as Europe/Berlin), [b]hour[/b] (7 or 07:00),
    [b]frequency[/b] (daily, weekdays, weekly), [b]language[/b],
    [b]status[/b] (active, paused, pending, unsubscribed).

    An empty cell says nothing: new people get what the list has, known
    people keep what they have. The same file twice changes nothing.
    Who unsubscribed by themselves stays unsubscribed, a suppressed address
    stays suppressed, who was erased stays away: the summary says how many.

    Exit status: 0 all went in, 1 some lines were rejected, 2 nothing was
    written.
    """
    manner = ImportManner(strict=strict, dry_run=dry_run)
    with open_lines(file) as lines, shown_import("subscribers", lines.size) as shown:
        report = import_subscribers(
            lines,
            list_slug=to_list,
            database=context.database,
            clock=context.clock,
            marks=context.marks,
            manner=manner,
            listener=shown,
        )
    finish(report, manner=manner, as_json=as_json)


@app.command("show")
def show(
    email: Annotated[str, typer.Argument(metavar="EMAIL", help="The person's address.")],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")] = False,
) -> None:
    """Show a person: subscriptions, interests, proof of consent, suppression."""
    with context.database.reading() as session:
        person = subscriber_by_email(session, email=email)
        if person is None:
            raise NotFoundError(f"nobody has the address {email}")
        facts = _facts(session, person)
    if as_json:
        print_json(facts)
        return
    _print_person(facts)


@app.command("export")
def export(
    email: Annotated[str, typer.Argument(metavar="EMAIL", help="The person's address.")],
    *,
    to: Annotated[Path, typer.Option("--to", metavar="FILE", help="The ZIP to write.")],
) -> None:
    """Write everything kept of a person into a ZIP of JSON files."""
    from service.privacy.export import export_zip

    with context.database.reading() as session:
        person = existing_subscriber(session, email=email)
    pieces = export_zip(
        context.database,
        subscriber_id=person.id,
        site=context.settings.public_url,
        now=context.clock.now(),
    )
    if to.exists():
        raise InputError(f"{to} is there already: name another file, or remove it first")
    with to.open("xb") as file:
        to.chmod(0o600)
        size = sum(file.write(piece) for piece in pieces)
    context.console.print(f"{to}: {size:,} bytes", markup=False, highlight=False)


@app.command("erase")
def erase(
    email: Annotated[str, typer.Argument(metavar="EMAIL", help="The person's address.")],
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do it; without it nothing is done.")] = False,
    as_json: AsJson = False,
) -> None:
    """Erase a person for good, at once: only a keyed hash of the address stays.

    Editions keep their counts. Imports do not bring the address back; its
    owner may sign up again.

    Exit status: 0 erased, 1 a mail of theirs is just being handed over (try
    again in a minute), 2 nobody has the address.
    """
    from service.privacy.erase import Eraser, Outcome

    with context.database.reading() as session:
        person = existing_subscriber(session, email=email)
    if not yes:
        raise InputError("this cannot be undone: say --yes to erase this person")
    outcome = Eraser(context.signing_keys).erase(
        context.database, subscriber_id=person.id, now=context.clock.now()
    )
    if as_json:
        print_json({"outcome": outcome.value})
    else:
        context.console.print(_OUTCOMES[outcome.value], markup=False)
    if outcome is Outcome.WAITS:
        raise typer.Exit(1)


_OUTCOMES = {
    "erased": "erased; a keyed hash keeps imports from bringing the address back",
    "gone": "nobody has this address any more",
    "waits": "a mail of theirs is just being handed over: try again in a minute",
}


def _facts(session: Session, person: Subscriber) -> dict[str, Any]:
    suppression = suppression_of(session, address_key=person.address_key)
    return {
        "email": person.email,
        "name": person.name,
        "language": person.language,
        "since": person.created_at.isoformat(),
        "suppressed": suppression and f"{suppression.reason}, {suppression.since.isoformat()}",
        "interests": interests_of(session, subscriber_id=person.id),
        "subscriptions": [
            {
                "list": one.list.slug,
                "status": one.status,
                "timezone": one.timezone,
                "hour": one.hour,
                "frequency": one.frequency,
                "next_due_at": one.next_due_at and one.next_due_at.isoformat(),
                "consents": [
                    f"{consent.act} by {consent.source}, {consent.happened_at.isoformat()}"
                    for consent in consents_of(session, subscription_id=one.id)
                ],
            }
            for one in subscriptions_of(session, subscriber_id=person.id)
        ],
    }


def _print_person(facts: dict[str, Any]) -> None:
    def say(line: str, style: str = "") -> None:
        context.console.print(line, style=style, markup=False, highlight=False, soft_wrap=True)

    say(f"{facts['name']} <{facts['email']}>".strip(), "bold")
    if facts["suppressed"]:
        say(f"suppressed: {facts['suppressed']}: never written to", "red")
    interests = (f"{slug} {weight:g}" for slug, weight in facts["interests"].items())
    say(f"interests: {', '.join(interests) or 'none stated'}")
    for one in facts["subscriptions"]:
        when = f"{one['frequency']} at {one['hour']:02d}:00 {one['timezone']}"
        say(f"{one['list']}: {one['status']}, {when}, next due {one['next_due_at'] or 'not set'}")
        for consent in one["consents"]:
            say(f"  {consent}", "dim")
