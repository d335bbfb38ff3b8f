"""What an address was meant to be, what a proof of work is worth, where a visitor comes from."""

import datetime as dt
import hashlib
from ipaddress import ip_address

import pytest
from fastapi import Request
from hypothesis import given
from hypothesis import strategies as st

from service.audience.models import SubscriptionStatus
from service.audience.sign_up_decide import COMMON_DOMAINS, Answer, answer_to, meant_address
from service.audience.sign_up_proof import proves_work
from service.errors import ConfigurationError
from service.web.client import networks, visitor_ip

NOW = dt.datetime(2026, 11, 22, 7, 0, tzinfo=dt.UTC)
HOUR = int(NOW.timestamp()) // 3600


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("ann@gmial.com", "ann@gmail.com"),
        ("ann@gmail.con", "ann@gmail.com"),
        ("ann@gmail.co", "ann@gmail.com"),
        ("ann@GMAIL.CMO", "ann@gmail.com"),
        ("ann@hotmial.com", "ann@hotmail.com"),
        ("ann@outlok.com", "ann@outlook.com"),
        ("ann@yahooo.com", "ann@yahoo.com"),
        ("ann@gmx.dr", "ann@gmx.de"),
        ("ann@wbe.de", "ann@web.de"),
        ("ann+x@iclod.com", "ann+x@icloud.com"),
    ],
)
def test_a_slip_in_a_common_domain_is_seen(typed: str, meant: str):
    assert meant_address(typed) == meant


@pytest.mark.parametrize(
    "domain",
    [
        *COMMON_DOMAINS,
        *("example.org", "mail.de", "gmx.fr", "live.fr", "ya.ru", "mail.ru", "tmail.eu"),
        *("bbc.co.uk", "free.org", "gov.uk", "fb.com", "qq.com", "x.com", "acme-mail.com"),
    ],
)
def test_a_domain_of_its_own_is_left_alone(domain: str):
    assert meant_address(f"ann@{domain}") is None


@given(st.text(max_size=300))
def test_whatever_is_typed_meaning_is_sought_without_a_fault(domain: str):
    meant = meant_address(f"ann@{domain}")
    assert meant is None or meant.rpartition("@")[2] in COMMON_DOMAINS


@pytest.mark.parametrize("status", [None, *SubscriptionStatus])
def test_a_suppressed_address_is_owed_nothing(status: str | None):
    assert answer_to(status, is_suppressed=True) is Answer.NOTHING


def proof(what: str, bits: int, hour: int = HOUR) -> str:
    nonce = 0
    while True:
        digest = hashlib.sha256(f"podbrief:{hour}:{what}:{nonce}".encode()).hexdigest()
        if int(digest, 16) < 1 << (256 - bits):
            return f"{hour}:{nonce}"
        nonce += 1


def test_work_is_good_for_what_it_was_done_for_and_for_hours_not_days():
    done = proof("daily:ada@example.org", 10)
    assert proves_work(done, what="daily:ada@example.org", bits=10, now=NOW)
    assert not proves_work(done, what="daily:bob@example.org", bits=10, now=NOW)
    assert not proves_work(done, what="weekly:ada@example.org", bits=10, now=NOW)
    late = NOW + dt.timedelta(hours=4)
    assert not proves_work(done, what="daily:ada@example.org", bits=10, now=late)
    assert not proves_work(done, what="daily:ada@example.org", bits=40, now=NOW)


@given(st.text(max_size=60))
def test_no_string_is_a_proof_by_accident(said: str):
    assert not proves_work(said, what="x", bits=64, now=NOW)


def came(peer: str | None, *forwarded: str) -> Request:
    headers = [(b"x-forwarded-for", one.encode()) for one in forwarded]
    client = (peer, 1) if peer else None
    return Request({"type": "http", "headers": headers, "client": client})


OURS = "10.0.0.0/8, 2001:db8::/32"


@pytest.mark.parametrize(
    ("peer", "forwarded", "trusted", "found"),
    [
        ("198.51.100.1", ["203.0.113.9"], "", "198.51.100.1"),
        ("198.51.100.1", ["203.0.113.9"], OURS, "198.51.100.1"),
        ("10.0.0.1", ["203.0.113.9"], OURS, "203.0.113.9"),
        ("10.0.0.1", ["192.0.2.66, 203.0.113.9"], OURS, "203.0.113.9"),
        ("10.0.0.1", ["192.0.2.66", "203.0.113.9, 10.0.0.2"], OURS, "203.0.113.9"),
        ("10.0.0.1", ["nonsense"], OURS, "10.0.0.1"),
        ("10.0.0.1", ["203.0.113.9, nonsense"], OURS, "10.0.0.1"),
        ("10.0.0.1", [], OURS, "10.0.0.1"),
        ("2001:db8::1", ["2001:470::7"], OURS, "2001:470::7"),
        ("10.0.0.1", ["::ffff:203.0.113.9"], OURS, "203.0.113.9"),
        ("::ffff:10.0.0.1", ["203.0.113.9"], OURS, "203.0.113.9"),
    ],
)
def test_only_what_our_own_proxies_say_of_a_visitor_is_believed(peer, forwarded, trusted, found):
    assert visitor_ip(came(peer, *forwarded), networks(trusted)) == ip_address(found)


def test_a_visitor_through_a_socket_has_no_address():
    assert visitor_ip(came(None, "203.0.113.9"), networks(OURS)) is None


def test_a_proxy_that_is_no_network_stops_the_start():
    with pytest.raises(ConfigurationError, match="PODBRIEF_WEB_TRUSTED_PROXIES"):
        networks("10.0.0.0/8, proxy.example.org")
