"""Signing staff in: links that work once, sessions that end."""

import datetime as dt
from typing import Any

import pytest
from sqlalchemy import select

from service.accounts.models import SignInLink, StaffSession
from service.accounts.sign_in import (
    check_link,
    create_link,
    form_token,
    is_form_token,
    mark_seen,
    redeem,
    sign_out,
    sign_out_everywhere,
    signed_in,
)
from service.accounts.staff import create_staff, staff_called
from service.clock import FixedClock
from service.db.database import Database
from service.errors import (
    ConflictError,
    ExpiredTokenError,
    InputError,
    NotFoundError,
    TokenError,
)


@pytest.fixture
def staffed(database, clock):
    with database.transaction() as session:
        create_staff(session, email="Ines@Example.org", name="Ines", now=clock.now())
    return database


def make_link(database: Database, clock: FixedClock, **options: Any) -> str:
    with database.transaction() as session:
        return create_link(session, email="ines@example.org", now=clock.now(), **options)


def begin(database: Database, clock: FixedClock) -> str:
    secret = make_link(database, clock)
    with database.transaction() as session:
        return redeem(session, secret, clock.now())


def who(database: Database, clock: FixedClock, secret: str) -> str | None:
    with database.reading() as session:
        found = signed_in(session, secret, clock.now())
    return found[0].email if found else None


def test_a_link_signs_in_whom_it_was_made_for(staffed, clock):
    assert who(staffed, clock, begin(staffed, clock)) == "ines@example.org"


def test_a_link_works_once(staffed, clock):
    secret = make_link(staffed, clock)
    with staffed.transaction() as session:
        redeem(session, secret, clock.now())
    with staffed.transaction() as session, pytest.raises(ExpiredTokenError, match="used already"):
        redeem(session, secret, clock.now())


def test_looking_at_a_link_leaves_it_unused(staffed, clock):
    secret = make_link(staffed, clock)
    with staffed.reading() as session:
        assert check_link(session, secret, clock.now()).name == "Ines"
    with staffed.transaction() as session:
        assert redeem(session, secret, clock.now())


def test_a_link_ends_after_fifteen_minutes(staffed, clock):
    secret = make_link(staffed, clock)
    clock.advance(dt.timedelta(minutes=15, seconds=1))
    with staffed.transaction() as session, pytest.raises(ExpiredTokenError, match="over"):
        redeem(session, secret, clock.now())


def test_a_link_may_be_made_to_last_longer(staffed, clock):
    secret = make_link(staffed, clock, good_for=dt.timedelta(hours=24))
    clock.advance(dt.timedelta(hours=23))
    with staffed.transaction() as session:
        assert redeem(session, secret, clock.now())


def test_a_made_up_secret_is_refused(staffed, clock):
    with staffed.transaction() as session, pytest.raises(TokenError):
        redeem(session, "made-up", clock.now())


def test_the_store_holds_no_secret_that_lets_somebody_in(staffed, clock):
    link_secret = make_link(staffed, clock)
    with staffed.transaction() as session:
        session_secret = redeem(session, link_secret, clock.now())
    with staffed.reading() as session:
        kept = [*session.scalars(select(SignInLink.secret_hash))]
        kept += session.scalars(select(StaffSession.secret_hash))
    assert len(kept) == 2
    assert not {link_secret, session_secret} & set(kept)


def test_a_session_ends_after_half_an_hour_of_silence(staffed, clock):
    secret = begin(staffed, clock)
    clock.advance(dt.timedelta(minutes=31))
    assert who(staffed, clock, secret) is None


def test_a_session_ends_after_twelve_hours_however_busy(staffed, clock):
    secret = begin(staffed, clock)
    for _ in range(12 * 3):
        clock.advance(dt.timedelta(minutes=20))
        assert who(staffed, clock, secret) == "ines@example.org"
        with staffed.transaction() as session:
            mark_seen(session, secret, clock.now())
    clock.advance(dt.timedelta(minutes=1))
    assert who(staffed, clock, secret) is None


def test_signing_out_ends_the_session_and_it_cannot_be_revived(staffed, clock):
    secret = begin(staffed, clock)
    with staffed.transaction() as session:
        sign_out(session, secret, clock.now())
    with staffed.transaction() as session:
        mark_seen(session, secret, clock.now())
    assert who(staffed, clock, secret) is None


def test_signing_out_everywhere_ends_all_sessions_and_voids_unused_links(staffed, clock):
    secrets = [begin(staffed, clock), begin(staffed, clock)]
    link = make_link(staffed, clock)
    with staffed.transaction() as session:
        person = staff_called(session, email="INES@example.org ")
        assert sign_out_everywhere(session, staff_id=person.id, now=clock.now()) == 2
    assert [who(staffed, clock, secret) for secret in secrets] == [None, None]
    with staffed.transaction() as session, pytest.raises(ExpiredTokenError):
        redeem(session, link, clock.now())


def test_staff_are_known_by_their_address_whatever_its_case(staffed, clock):
    with staffed.transaction() as session, pytest.raises(ConflictError):
        create_staff(session, email="INES@EXAMPLE.ORG", name="", now=clock.now())


@pytest.mark.parametrize("email", ["", "ines", "ines@", "a@b\r\nBcc: c@d.org", "ines@exa mple.org"])
def test_what_is_no_address_is_refused(database, clock, email):
    with database.transaction() as session, pytest.raises(InputError):
        create_staff(session, email=email, name="", now=clock.now())


def test_a_line_break_in_a_name_is_refused(database, clock):
    with database.transaction() as session, pytest.raises(InputError):
        create_staff(session, email="a@example.org", name="A\r\nB", now=clock.now())


def test_a_stranger_gets_no_link(database, clock):
    with database.transaction() as session, pytest.raises(NotFoundError, match="staff create"):
        create_link(session, email="stranger@example.org", now=clock.now())


def test_a_form_token_belongs_to_one_session():
    assert is_form_token("one", form_token("one"))
    assert not is_form_token("two", form_token("one"))
    assert not is_form_token("one", "")
    assert not is_form_token("one", "é")
