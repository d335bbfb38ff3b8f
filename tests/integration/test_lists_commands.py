"""`podbrief lists` makes, shows and changes newsletters, and lets nothing unsafe into a header."""

import json
from collections.abc import Callable

import pytest
from sqlalchemy import select

from service.audience.models import NewsletterList
from service.clock import FixedClock
from service.db.database import Database
from tests.integration.conftest import Ran

Podbrief = Callable[..., Ran]
NEEDED = ("--from-email", "brief@podbrief.example", "--postal-address", "1 Quay, Port Town")


def stored(database: Database, slug: str) -> NewsletterList:
    with database.reading() as session:
        return session.scalars(select(NewsletterList).where(NewsletterList.slug == slug)).one()


def test_a_list_needs_only_what_the_law_wants(
    database: Database, podbrief: Podbrief, clock: FixedClock
):
    ran = podbrief("lists", "create", "morning-brief", *NEEDED)
    assert ran.code == 0
    assert "podbrief subscribers import FILE.csv --list morning-brief" in ran.out
    made = stored(database, "morning-brief")
    assert (made.name, made.from_name) == ("Morning Brief", "Morning Brief")
    assert (made.timezone, made.hour, made.picks, made.language) == ("UTC", 7, 5, "en")
    assert (made.template, made.lateness_minutes) == ("daily_brief", 360)
    assert made.created_at == clock.now()


def test_every_setting_is_kept_and_shown(podbrief: Podbrief):
    podbrief(
        *("lists", "create", "ai", *NEEDED, "--name", "AI [daily]", "--from-name", "Ann of AI"),
        *("--reply-to", "ann@podbrief.example", "--description", "What was\nsaid.", "--hour", "6"),
        *("--timezone", "europe/riga", "--language", "lv", "--picks", "3"),
        *(
            "--lateness-minutes",
            "90",
            "--consent-ip-days",
            "5",
            "--topics",
            "AI, Law",
            "--fatigue-briefs",
            "20",
        ),
        *("--ended-after-days", "365", "--complaint-share", "0.001"),
        *("--private", "--third-party-notice", "Theirs."),
    )
    shown = json.loads(podbrief("lists", "show", "ai", "--json").out)
    assert shown == {
        "slug": "ai",
        "name": "AI [daily]",
        "description": "What was said.",
        "from_name": "Ann of AI",
        "from_email": "brief@podbrief.example",
        "reply_to": "ann@podbrief.example",
        "postal_address": "1 Quay, Port Town",
        "language": "lv",
        "timezone": "Europe/Riga",
        "hour": 6,
        "template": "daily_brief",
        "picks": 3,
        "lateness_minutes": 90,
        "consent_ip_days": 5,
        "public": False,
        "third_party_notice": "Theirs.",
        "fatigue_briefs": 20,
        "ended_after_days": 365,
        "complaint_share": 0.001,
        "topics": ["AI", "Law"],
        "subscriptions": {"pending": 0, "active": 0, "paused": 0, "unsubscribed": 0},
    }
    assert "AI [daily]" in podbrief("lists", "show", "ai").out
    assert "06:00 Europe/Riga" in podbrief("lists", "show").out
    assert [one["slug"] for one in json.loads(podbrief("lists", "show", "--json").out)] == ["ai"]


def test_set_changes_what_is_given_and_leaves_the_rest(database: Database, podbrief: Podbrief):
    podbrief("lists", "create", "ai", *NEEDED, "--topics", "AI,Law", "--reply-to", "a@example.org")
    ran = podbrief("lists", "set", "ai", "--hour", "08:00", "--topics", "law;Design")
    assert ran.code == 0
    facts = json.loads(podbrief("lists", "show", "ai", "--json").out)
    assert (facts["hour"], facts["topics"]) == (8, ["Design", "Law"])
    assert facts["reply_to"] == "a@example.org"
    podbrief("lists", "set", "ai", "--topics", "", "--reply-to", "")
    facts = json.loads(podbrief("lists", "show", "ai", "--json").out)
    assert (facts["topics"], facts["reply_to"]) == ([], None)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--name", "A\r\nBcc: x@example.org"), "name: line break"),
        (("--from-name", "A\nB"), "from_name: line break"),
        (("--from-name", "A\x00B"), "from_name: control character"),
        (("--from-name", "  "), "from_name: is empty"),
        (("--from-email", "a@example.org\r\nBcc: b@example.org"), "from_email: line break"),
        (("--from-email", "nobody"), "from_email: is not an address"),
        (("--reply-to", "a@"), "reply_to: is not an address"),
        (("--postal-address", "1 Quay\nPort"), "postal_address: line break"),
        (("--postal-address", ""), "postal_address: is empty"),
        (("--language", "english"), "language: "),
        (("--timezone", "Mars/Base"), "timezone: "),
        (("--hour", "25"), "hour: "),
        (("--picks", "8"), "picks: must be from 3 to 7, not 8"),
        (("--ended-after-days", "5"), "ended_after_days: must be from 30 to 3650, not 5"),
        (("--complaint-share", "0"), "complaint_share: must be from 0.0005 to 1.0"),
        (("--fatigue-briefs", "101"), "fatigue_briefs: must be from 0 to 100, not 101"),
        (("--lateness-minutes", "5"), "lateness_minutes: must be from 15 to 1440, not 5"),
        (("--topics", "AI,!!"), "topics: "),
    ],
)
def test_a_wrong_setting_is_named_and_nothing_is_written(
    podbrief: Podbrief, options: tuple[str, str], sentence: str
):
    ran = podbrief("lists", "create", "bad", *NEEDED, *options)
    assert ran.code == 2
    assert sentence in ran.err
    assert "Traceback" not in ran.err
    podbrief("lists", "create", "good", *NEEDED)
    before = podbrief("lists", "show", "good", "--json").out
    assert podbrief("lists", "set", "good", *options).code == 2
    assert podbrief("lists", "show", "good", "--json").out == before
    assert "bad" not in podbrief("lists", "show").out


@pytest.mark.parametrize("slug", ["Morning", "a--b", "-a", "a_b", "", "x" * 61, "a\n", "ä"])
def test_a_slug_that_cannot_stand_in_an_address_is_refused(podbrief: Podbrief, slug: str):
    ran = podbrief("lists", "create", *NEEDED, "--", slug)
    assert ran.code == 2
    assert "slug: " in ran.err


def test_what_the_law_wants_cannot_be_left_out(podbrief: Podbrief):
    ran = podbrief("lists", "create", "ai", "--from-email", "a@example.org")
    assert ran.code == 2
    assert "postal_address: every mail must name the sender's postal address by law" in ran.err
    ran = podbrief("lists", "create", "ai", "--postal-address", "1 Quay")
    assert "from_email: a list needs an address to send from: --from-email" in ran.err


def test_a_list_that_exists_is_not_made_again(podbrief: Podbrief):
    podbrief("lists", "create", "ai", *NEEDED)
    ran = podbrief("lists", "create", "ai", *NEEDED)
    assert ran.code == 2
    assert "the list ai exists: change it with `podbrief lists set ai`" in ran.err


def test_an_unknown_list_is_named_with_those_there_are(podbrief: Podbrief):
    assert "make one: podbrief lists create" in podbrief("lists", "show", "ai").err
    podbrief("lists", "create", "law", *NEEDED)
    for words in (("show", "ai"), ("set", "ai", "--hour", "8")):
        ran = podbrief("lists", *words)
        assert ran.code == 2
        assert "there is no list 'ai'; there are: law" in ran.err
