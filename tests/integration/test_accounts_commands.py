"""`podbrief staff`, as typed."""

import pytest
from sqlalchemy import select

from service.accounts.sign_in import check_link, redeem, signed_in
from service.cli.context import context
from service.config import Settings
from service.db.sealed import Sealer
from service.ledger.notice_models import Notice


@pytest.fixture(autouse=True)
def settings(tmp_path, monkeypatch):
    settings = Settings(home=tmp_path, public={"url": "https://brief.example.org"})
    monkeypatch.setitem(context.__dict__, "settings", settings)


def test_create_prints_a_link_that_signs_in_once_and_nothing_else(podbrief, database, clock):
    ran = podbrief("staff", "create", "Ines@example.org", "--name", "Ines Marlow")
    assert ran.code == 0
    address, _, secret = ran.out.strip().rpartition("/")
    assert address == "https://brief.example.org/signin"
    with database.reading() as session:
        assert check_link(session, secret, clock.now()).name == "Ines Marlow"
    assert "15 minutes" in ran.err


def test_a_second_link_is_made_for_who_is_staff_already(podbrief):
    podbrief("staff", "create", "ines@example.org")
    again = podbrief("staff", "create", "ines@example.org")
    assert (again.code, again.out) == (1, "")
    assert "staff link" in again.err
    assert "/signin/" in podbrief("staff", "link", "ines@example.org").out


def test_a_stranger_gets_no_link_and_is_told_how(podbrief):
    ran = podbrief("staff", "link", "stranger@example.org")
    assert (ran.code, ran.out) == (2, "")
    assert "podbrief staff create stranger@example.org" in ran.err


@pytest.mark.parametrize("command", ["create", "link"])
def test_a_mailed_link_is_owed_and_not_printed(podbrief, database, clock, morning, command):
    if command == "link":
        podbrief("staff", "create", "ines@example.org")

    ran = podbrief("staff", command, "Ines@example.org", "--mail")

    assert (ran.code, ran.out) == (0, "")
    assert "on its way to ines@example.org" in " ".join(ran.err.split())
    with database.reading() as session:
        notice = session.scalars(select(Notice)).one()
        secret = Sealer(context.settings.signing_keys()).open(notice.arguments["sealed"])
        person = check_link(session, secret, clock.now())
    assert (notice.kind, notice.recipient, notice.staff_id) == ("sign_in", person.email, person.id)


def test_nothing_is_owed_while_nobody_could_send_it(podbrief, database):
    ran = podbrief("staff", "create", "ines@example.org", "--mail")
    assert ran.code != 0
    assert "PODBRIEF_MAIL_FROM_ADDRESS" in ran.err
    assert "is not staff" in podbrief("staff", "link", "ines@example.org").err


def test_sign_out_ends_what_is_open(podbrief, database, clock):
    link = podbrief("staff", "create", "ines@example.org").out.strip()
    with database.transaction() as session:
        secret = redeem(session, link.rpartition("/")[2], clock.now())
    ran = podbrief("staff", "sign-out", "ines@example.org")
    assert "1 session of ines@example.org ended" in " ".join(ran.err.split())
    with database.reading() as session:
        assert signed_in(session, secret, clock.now()) is None


@pytest.mark.parametrize("email", ["ines", "ines@", "a@b\nc"])
def test_what_is_no_address_is_refused_in_a_sentence(podbrief, email):
    ran = podbrief("staff", "create", email)
    assert ran.code == 2
    assert "is not an address" in ran.err
    assert "Traceback" not in ran.err
