"""The cells of a row become a person, or one sentence that names the column."""

import pytest

from service.audience.addresses import read_address
from service.audience.choices import read_frequency, read_hour, read_status, read_zone
from service.audience.models import Frequency, SubscriptionStatus
from service.errors import HeaderInjectionError, InputError
from service.sources.parse_subscriber import COLUMNS, parse_subscriber, read_header


def test_every_cell_finds_its_place():
    cells = ["Ann@Example.org", "Ann", "AI; deep-sea", "europe/berlin", "07:00", "Weekdays", "de"]
    person = parse_subscriber([*cells, "paused"], COLUMNS)
    assert person.address.email == "Ann@example.org"
    assert person.address.key == "ann@example.org"
    assert person.topics == {"ai": "AI", "deep-sea": "Deep sea"}
    assert (person.timezone, person.hour) == ("Europe/Berlin", 7)
    assert person.frequency is Frequency.WEEKDAYS
    assert person.status is SubscriptionStatus.PAUSED


def test_an_empty_cell_says_nothing():
    person = parse_subscriber(["a@example.org", *[" "] * 7], COLUMNS)
    said = (person.name, person.topics, person.timezone, person.hour, person.status)
    assert said == (None,) * 5


def test_the_header_may_be_in_any_order_and_case():
    assert read_header([" Name", "EMAIL"]) == ["name", "email"]


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        (["name"], "header: there is no column email"),
        (["email", "e-mail"], 'header: "e-mail" is no column; did you mean email?'),
        (["email", "timezones"], 'header: "timezones" is no column; did you mean timezone?'),
        (["email", "Email"], "header: email stands twice"),
        (["email;name"], "header: columns must be separated by commas"),
    ],
)
def test_a_header_that_cannot_be_read_says_why(cells: list[str], reason: str):
    with pytest.raises(InputError) as caught:
        read_header(cells)
    assert str(caught.value) == reason


@pytest.mark.parametrize(
    ("column", "cell", "reason"),
    [
        ("name", "Ann\nBcc: x", "name: line break"),
        ("name", "x" * 121, "name: longer than 120"),
        ("timezone", "Europe/Berln", 'timezone: "Europe/Berln" is not a time zone; did you mean'),
        ("timezone", "../../etc/passwd", "timezone: "),
        ("timezone", "Europe", "timezone: "),
        ("hour", "24", 'hour: "24" is not an hour from 0 to 23'),
        ("hour", "7.5", "hour: "),
        ("hour", "-1", "hour: "),
        ("hour", "\N{ARABIC-INDIC DIGIT SEVEN}", "hour: "),
        ("hour", "07:30", 'hour: "07:30": briefs go out on the hour'),
        ("frequency", "monthly", 'frequency: "monthly" is none of daily, weekdays, weekly'),
        ("status", "gone", 'status: "gone" is none of pending, active, paused, unsubscribed'),
        ("topics", "AI;!!", "topics: "),
        ("language", "german", "language: "),
    ],
)
def test_each_fault_names_its_column(column: str, cell: str, reason: str):
    with pytest.raises(InputError) as caught:
        parse_subscriber(["a@example.org", cell], ["email", column])
    assert str(caught.value).startswith(reason)


def test_a_row_with_a_cell_too_many_is_refused():
    with pytest.raises(InputError, match="line: has 3 cells, the header has 2"):
        parse_subscriber(["a@example.org", "Ann", "?"], ["email", "name"])


@pytest.mark.parametrize(
    ("given", "email", "key"),
    [
        ("Ann.Bee+x@Example.ORG", "Ann.Bee+x@example.org", "ann.bee+x@example.org"),
        (" a@bücher.example ", "a@bücher.example", "a@xn--bcher-kva.example"),
        ("a@xn--bcher-kva.example", "a@bücher.example", "a@xn--bcher-kva.example"),
        ("jos\u00e9@example.org", "jos\u00e9@example.org", "jos\u00e9@example.org"),
        ("jose\u0301@example.org", "jos\u00e9@example.org", "jos\u00e9@example.org"),
        ("a@reader.test", "a@reader.test", "a@reader.test"),
    ],
)
def test_one_address_has_one_key_however_it_is_spelt(given: str, email: str, key: str):
    address = read_address(given)
    assert (address.email, address.key) == (email, key)


@pytest.mark.parametrize("mark", ["\r\n", "\n", "\0", "\x7f", "\u2028"])
def test_an_address_cannot_carry_a_header(mark: str):
    with pytest.raises(HeaderInjectionError, match=r"^email: "):
        read_address(f"a@example.org{mark}Bcc: b@example.org")


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        "ann",
        "@example.org",
        "a@",
        "a@b@example.org",
        "a b@example.org",
        "a@localhost",
        "a@[127.0.0.1]",
        '"a b"@example.org',
        "Ann <a@example.org>",
        "a@example..org",
        "a..b@example.org",
        "a@-example.org",
        "a,b@example.org",
        "a>b@example.org",
        "x" * 65 + "@example.org",
        "a@" + ".".join(["d" * 60] * 5) + ".org",
    ],
)
def test_what_is_no_address_is_refused(wrong: str):
    with pytest.raises(InputError, match=r"^email: "):
        read_address(wrong)


def test_choices_are_read_as_people_write_them():
    assert [read_hour(hour) for hour in ("7", "07", "7:00", " 23:00 ", 0)] == [7, 7, 7, 23, 0]
    assert read_zone("utc") == "UTC"
    assert read_zone("America/New_York") == "America/New_York"
    assert read_frequency(" Weekly ") is Frequency.WEEKLY
    assert read_status("ACTIVE") is SubscriptionStatus.ACTIVE
