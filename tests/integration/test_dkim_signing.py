"""DKIM from the command that makes a key to the mail that is handed over."""

import dkim  # type: ignore[import-untyped]  # it ships no types
import pytest

from service.cli.context import context
from service.config import Settings
from service.editions.plan import plan_due
from service.sending.deliver import deliver_next_batch
from service.sending.dkim_keys import load_key, record_value, signer_of
from tests.factories.sending import sender_of, states
from tests.factories.store import make_insight, make_list, make_subscription
from tests.factories.transports import MemoryTransport

NEW = ("dkim", "new", "--domain", "Podbrief.example", "--selector", "s1")


@pytest.fixture(autouse=True)
def settings(tmp_path, monkeypatch):
    settings = Settings(home=tmp_path)
    monkeypatch.setitem(context.__dict__, "settings", settings)
    return settings


def test_a_new_key_is_kept_and_its_record_and_settings_are_printed(podbrief, tmp_path):
    ran = podbrief(*NEW)
    path = tmp_path / "dkim" / "s1.podbrief.example.pem"
    assert ran.code == 0
    assert path.stat().st_mode & 0o777 == 0o600
    record, *named = ran.out.splitlines()
    assert record.startswith('s1._domainkey.podbrief.example. IN TXT ( "v=DKIM1; k=rsa; p=')
    assert record_value(load_key(path)) in record.replace('" "', "")
    assert named == [
        "PODBRIEF_DKIM_DOMAIN=podbrief.example",
        "PODBRIEF_DKIM_SELECTOR=s1",
        f"PODBRIEF_DKIM_KEY_FILE={path}",
    ]
    assert "PRIVATE" not in ran.out + ran.err


def test_a_key_that_is_there_is_never_overwritten(podbrief, tmp_path):
    podbrief(*NEW)
    path = tmp_path / "dkim" / "s1.podbrief.example.pem"
    before = path.read_bytes()
    again = podbrief(*NEW)
    assert (again.code, again.out) == (2, "")
    assert path.read_bytes() == before


def test_the_record_of_the_key_in_use_can_be_shown(podbrief, tmp_path, monkeypatch):
    made = podbrief(*NEW)
    none_set = podbrief("dkim", "record")
    assert none_set.code == 1
    assert "podbrief dkim new" in none_set.err
    values = dict(
        line.removeprefix("PODBRIEF_DKIM_").split("=") for line in made.out.splitlines()[1:]
    )
    chosen = Settings(home=tmp_path, dkim={name.lower(): value for name, value in values.items()})
    monkeypatch.setitem(context.__dict__, "settings", chosen)
    assert podbrief("dkim", "record").out == made.out.splitlines()[0] + "\n"


def test_every_brief_that_is_handed_over_is_signed(podbrief, database, clock, tmp_path):
    podbrief(*NEW)
    path = tmp_path / "dkim" / "s1.podbrief.example.pem"
    chosen = Settings(
        home=tmp_path, dkim={"domain": "podbrief.example", "selector": "s1", "key_file": path}
    )
    with database.transaction() as session:
        newsletter = make_list(session)
        for _ in range(6):
            make_insight(session)
        for _ in range(3):
            make_subscription(session, newsletter)
    plan_due(database, now=clock.now())
    transport = MemoryTransport()

    deliver_next_batch(sender_of(database, clock, transport, dkim=signer_of(chosen)))

    assert states(database) == {"accepted": 3}
    record = record_value(load_key(path)).encode()
    for message in transport.taken:
        assert dkim.verify(message.content.wire(), dnsfunc=lambda name, timeout=5: record)


def test_without_a_key_nothing_is_signed(database, clock):
    with database.transaction() as session:
        newsletter = make_list(session)
        make_insight(session)
        make_subscription(session, newsletter)
    plan_due(database, now=clock.now())
    transport = MemoryTransport()
    deliver_next_batch(sender_of(database, clock, transport))
    assert [b"DKIM-Signature" in m.content.wire() for m in transport.taken] == [False]
