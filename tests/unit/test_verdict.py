"""Human or scanner: what speaks against a request, and what follows."""

import datetime as dt
import ipaddress

import pytest

from service.errors import ConfigurationError
from service.feedback.verdict import (
    BURST_LINKS,
    Evidence,
    bursts,
    read_ranges,
    told_by,
    verdict_of,
)

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:146.0) Gecko/20100101 Firefox/146.0"
START = dt.datetime(2026, 11, 22, 7, tzinfo=dt.UTC)


def told(**changes: object) -> set[Evidence]:
    request = {"method": "GET", "agent": FIREFOX, "purpose": "", "address": "", "ranges": ()}
    return set(told_by(**(request | changes)))  # type: ignore[arg-type]


def visits(*seconds: float) -> list[tuple[dt.datetime, tuple[str, int | None]]]:
    """Return visits to as many different links."""
    return [
        (START + dt.timedelta(seconds=after), ("up", number))
        for number, after in enumerate(seconds)
    ]


@pytest.mark.parametrize(
    ("changes", "evidence"),
    [
        ({}, set()),
        ({"method": "HEAD"}, {Evidence.HEAD}),
        ({"purpose": "prefetch;anonymous-client-ip"}, {Evidence.PREFETCH}),
        ({"agent": ""}, {Evidence.AGENT}),
        ({"agent": "python-requests/2.32"}, {Evidence.AGENT}),
        ({"agent": "Mozilla/5.0 (compatible; Googlebot/2.1)"}, {Evidence.AGENT}),
        ({"agent": "BarracudaCentral-Link/1"}, {Evidence.SCANNER}),
        ({"agent": "Mozilla/5.0 Mimecast URL check"}, {Evidence.SCANNER}),
        (
            {"address": "192.0.2.9", "ranges": read_ranges("192.0.2.0/24, 2001:db8::/32")},
            {Evidence.RANGE},
        ),
        ({"address": "198.51.100.9", "ranges": read_ranges("192.0.2.0/24")}, set()),
        ({"address": "not an address", "ranges": read_ranges("192.0.2.0/24")}, set()),
    ],
)
def test_what_a_request_tells(changes: dict[str, object], evidence: set[Evidence]):
    assert told(**changes) == evidence


@pytest.mark.parametrize("evidence", list(Evidence))
@pytest.mark.parametrize("kind", ["click", "open"])
def test_anything_makes_a_click_suspected(kind: str, evidence: Evidence):
    assert verdict_of(kind, [evidence]) == "suspected"
    assert verdict_of(kind, []) == "human"


def test_a_button_is_a_humans_until_something_strong_speaks_against_it():
    weak = {Evidence.SOON, Evidence.AGENT, Evidence.HEAD, Evidence.PREFETCH}
    assert verdict_of("form", weak) == "human"
    for strong in set(Evidence) - weak:
        assert verdict_of("form", {strong}) == "suspected"
        assert verdict_of("unsubscribe", {strong}) == "suspected"


def test_many_links_in_seconds_are_a_burst():
    assert bursts(visits(*range(BURST_LINKS))) == set(range(BURST_LINKS))


def test_a_reader_who_answers_all_five_is_no_burst():
    assert bursts(visits(0, 1, 2, 3, 4)) == set()


def test_the_same_link_again_and_again_is_no_burst():
    assert bursts([(START, ("brief", None))] * 50) == set()


def test_what_is_read_slowly_is_no_burst():
    assert bursts(visits(*range(0, 120, 3))) == set()


def test_a_burst_takes_nothing_along_that_came_long_before():
    found = bursts(visits(0, 600, 601, 602, 603, 604, 605))
    assert found == {1, 2, 3, 4, 5, 6}


def test_networks_are_read_or_refused():
    assert read_ranges("") == ()
    assert read_ranges("192.0.2.7/24") == (ipaddress.ip_network("192.0.2.0/24"),)
    with pytest.raises(ConfigurationError, match="'nowhere' is no network"):
        read_ranges("192.0.2.0/24, nowhere")
