"""`podbrief lists`: create newsletters, show them, change them."""

from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from service.audience.lists import change_list, create_list
from service.audience.models import SubscriptionStatus
from service.audience.queries import ListOverview, list_by_slug, lists_overview
from service.audience.values import ListSettings
from service.cli.context import context, print_json
from service.jobs import Doorbell, Job

app = typer.Typer(help="Lists: the newsletters people subscribe to.", no_args_is_help=True)

Slug = Annotated[
    str, typer.Argument(metavar="SLUG", help="Small letters, digits, hyphens: morning-brief.")
]
Name = Annotated[str | None, typer.Option("--name", help="What readers see it called.")]
Description = Annotated[str | None, typer.Option(help="What it is about, in a sentence.")]
FromName = Annotated[str | None, typer.Option(help="Who it is from; the list's name.")]
FromEmail = Annotated[str | None, typer.Option(help="The address it is sent from.")]
ReplyTo = Annotated[str | None, typer.Option(help='Where answers go; "" for the sender.')]
PostalAddress = Annotated[
    str | None, typer.Option(help="The sender's postal address: the law wants it in every mail.")
]
Language = Annotated[str | None, typer.Option(help="Language of people who gave none, as en.")]
Timezone = Annotated[str | None, typer.Option(help="Zone of people who gave none, Europe/Berlin.")]
Hour = Annotated[str | None, typer.Option(help="Local hour of people who gave none: 7 or 07:00.")]
Picks = Annotated[int | None, typer.Option(help="Insights in a brief: 3 to 7.")]
ConsentIpDays = Annotated[
    int | None,
    typer.Option(
        "--consent-ip-days",
        help="Days the net address of a consent is kept as part of its proof. 0: never kept.",
    ),
]
Lateness = Annotated[
    int | None, typer.Option(help="A brief later than this many minutes is not sent: 15 to 1440.")
]
Topics = Annotated[
    str | None, typer.Option(help='Names or slugs, "AI,Health"; made when new; "" for all.')
]
Fatigue = Annotated[
    int | None,
    typer.Option(help="Ignored briefs before a reader we may see is offered fewer; 0 for never."),
]
EndedAfter = Annotated[
    int | None,
    typer.Option(help="Days after which whom fatigue paused is taken off the list; 0 for never."),
]
ComplaintShare = Annotated[
    float | None, typer.Option(help="Complaints per brief, in a week, that stop the list: 0.003.")
]

IsPublic = Annotated[
    bool | None, typer.Option("--public/--private", help="Whether strangers see its pages.")
]
Notice = Annotated[
    str | None, typer.Option(help='What its pages say of whose content it is; "" for the usual.')
]


@app.command("create")
def create(  # noqa: PLR0913 - one parameter an option
    slug: Slug,
    *,
    from_email: FromEmail = None,
    postal_address: PostalAddress = None,
    name: Name = None,
    from_name: FromName = None,
    reply_to: ReplyTo = None,
    description: Description = None,
    language: Language = None,
    timezone: Timezone = None,
    hour: Hour = None,
    picks: Picks = None,
    lateness_minutes: Lateness = None,
    consent_ip_days: ConsentIpDays = None,
    topics: Topics = None,
    fatigue_briefs: Fatigue = None,
    ended_after_days: EndedAfter = None,
    complaint_share: ComplaintShare = None,
    is_public: IsPublic = None,
    third_party_notice: Notice = None,
) -> None:
    """Create a list. It needs --from-email and --postal-address.

    The rest has defaults: a name made of the slug, 07:00 UTC, English,
    five picks, at most six hours late, all topics.
    """
    settings = ListSettings(
        name=name,
        description=description,
        from_name=from_name,
        from_email=from_email,
        reply_to=reply_to,
        postal_address=postal_address,
        language=language,
        timezone=timezone,
        hour=hour,
        picks=picks,
        lateness_minutes=lateness_minutes,
        consent_ip_days=consent_ip_days,
        topics=_split(topics),
        fatigue_briefs=fatigue_briefs,
        ended_after_days=ended_after_days,
        complaint_share=complaint_share,
        is_public=is_public,
        third_party_notice=third_party_notice,
    )
    with context.database.transaction() as session:
        made = create_list(session, slug=slug, settings=settings, now=context.clock.now())
    context.console.print(
        f"created {made.slug}; now: podbrief subscribers import FILE.csv --list {made.slug}",
        highlight=False,
        soft_wrap=True,
    )


@app.command("set")
def change(  # noqa: PLR0913 - one parameter an option
    slug: Slug,
    *,
    name: Name = None,
    from_name: FromName = None,
    from_email: FromEmail = None,
    reply_to: ReplyTo = None,
    postal_address: PostalAddress = None,
    description: Description = None,
    language: Language = None,
    timezone: Timezone = None,
    hour: Hour = None,
    picks: Picks = None,
    lateness_minutes: Lateness = None,
    consent_ip_days: ConsentIpDays = None,
    topics: Topics = None,
    fatigue_briefs: Fatigue = None,
    ended_after_days: EndedAfter = None,
    complaint_share: ComplaintShare = None,
    is_public: IsPublic = None,
    third_party_notice: Notice = None,
) -> None:
    """Change what is given and leave the rest.

    A new zone, hour or language holds for people who join from now on:
    those on the list keep their own.
    """
    settings = ListSettings(
        name=name,
        description=description,
        from_name=from_name,
        from_email=from_email,
        reply_to=reply_to,
        postal_address=postal_address,
        language=language,
        timezone=timezone,
        hour=hour,
        picks=picks,
        lateness_minutes=lateness_minutes,
        consent_ip_days=consent_ip_days,
        topics=_split(topics),
        fatigue_briefs=fatigue_briefs,
        ended_after_days=ended_after_days,
        complaint_share=complaint_share,
        is_public=is_public,
        third_party_notice=third_party_notice,
    )
    with context.database.transaction() as session:
        change_list(session, slug=slug, settings=settings)
    show(slug, as_json=False)


@app.command("reopen")
def reopen(slug: Slug) -> None:
    """Let a list that complaints have stopped go on, after you have looked at why."""
    from service.feedback.complaint_guard import reopen_list

    with context.database.transaction() as session:
        newsletter = list_by_slug(session, slug=slug)
        resumed = reopen_list(session, newsletter, now=context.clock.now())
    Doorbell(context.settings).ring(Job.DELIVER)
    context.console.print(f"{slug} goes on; editions resumed: {resumed}", highlight=False)


@app.command("show")
def show(
    slug: Annotated[
        str | None, typer.Argument(metavar="[SLUG]", help="One list; all when none is named.")
    ] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")] = False,
) -> None:
    """Show all lists, or one with its settings and how many people are on it."""
    with context.database.reading() as session:
        if slug is not None:
            list_by_slug(session, slug=slug)
        found = [one for one in lists_overview(session) if slug in (None, one.list.slug)]
    facts = [_facts(one) for one in found]
    if as_json:
        print_json(facts if slug is None else facts[0])
    elif slug is not None:
        _print_list(facts[0])
    elif facts:
        _print_lists(facts)
    else:
        context.notes.print("there are no lists yet: podbrief lists create SLUG …")


@app.command("rules")
def rules(
    slug: Slug,
    *,
    changes: Annotated[
        list[str] | None,
        typer.Option("--set", help="name=value; may be given often; name=default puts it back."),
    ] = None,
    history: Annotated[bool, typer.Option("--history", help="Every version there was.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")] = False,
) -> None:
    """Show or change how a list's briefs are chosen: weights, caps, windows, minimums.

    Each change makes a new version, and each brief keeps which version chose it.
    """
    from service.cli.list_rules import change_rules, show_history, show_rules

    if changes:
        change_rules(slug, changes)
    if history:
        show_history(slug, as_json=as_json)
    else:
        show_rules(slug, as_json=as_json)


def _split(topics: str | None) -> tuple[str, ...] | None:
    return None if topics is None else tuple(topics.replace(";", ",").split(","))


def _facts(one: ListOverview) -> dict[str, Any]:
    settings = one.list
    return {
        "slug": settings.slug,
        "name": settings.name,
        "description": settings.description,
        "from_name": settings.from_name,
        "from_email": settings.from_email,
        "reply_to": settings.reply_to,
        "postal_address": settings.postal_address,
        "language": settings.language,
        "timezone": settings.timezone,
        "hour": settings.hour,
        "template": settings.template,
        "picks": settings.picks,
        "lateness_minutes": settings.lateness_minutes,
        "consent_ip_days": settings.consent_ip_days,
        "public": settings.is_public,
        "third_party_notice": settings.third_party_notice,
        "fatigue_briefs": settings.fatigue_briefs,
        "ended_after_days": settings.ended_after_days,
        "complaint_share": settings.complaint_share,
        "topics": list(one.topics),
        "subscriptions": {status.value: one.people.get(status, 0) for status in SubscriptionStatus},
    }


def _print_list(facts: dict[str, Any]) -> None:
    table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    table.add_column(style="dim")
    table.add_column(overflow="fold")
    words = dict(facts)
    words["topics"] = ", ".join(facts["topics"]) or "all"
    words["hour"] = f"{facts['hour']:02d}:00"
    words["subscriptions"] = ", ".join(
        f"{count:,} {status}" for status, count in facts["subscriptions"].items()
    )
    for name, value in words.items():
        table.add_row(name.replace("_", " "), _plain(value))
    context.console.print(table)


def _print_lists(lists: list[dict[str, Any]]) -> None:
    table = Table("slug", "name", "from", "when", "picks", "active", "all", box=None)
    for facts in lists:
        people = facts["subscriptions"]
        table.add_row(
            *(_plain(facts[name]) for name in ("slug", "name", "from_email")),
            f"{facts['hour']:02d}:00 {facts['timezone']}",
            str(facts["picks"]),
            f"{people['active']:,}",
            f"{sum(people.values()):,}",
        )
    context.console.print(table)


def _plain(value: Any) -> Text:
    """Return a value as it is: brackets in a name are no markup."""
    return Text("none", style="dim") if value in (None, "") else Text(str(value))
