"""`podbrief subscribers export` and `erase`: for whoever answers people's letters."""

import json
import zipfile

import pytest
from sqlalchemy import select

from service.audience.models import Subscriber
from service.cli.context import context
from service.config import Settings
from service.editions.models import Brief
from tests.factories.readership import build_readership


@pytest.fixture
def people(database, clock, monkeypatch, tmp_path):
    monkeypatch.setitem(context.__dict__, "settings", Settings(home=tmp_path, _env_file=None))
    with database.transaction() as session:
        return build_readership(session, now=clock.now())


def test_export_writes_a_zip_that_only_its_owner_may_read(podbrief, people, tmp_path):
    to = tmp_path / "ada.zip"
    ran = podbrief("subscribers", "export", "Ada@example.org", "--to", str(to))
    assert ran.code == 0, ran.err
    with zipfile.ZipFile(to) as archive:
        assert json.loads(archive.read("person.json"))[0]["email"] == "ada@example.org"
    assert to.stat().st_mode & 0o077 == 0
    again = podbrief("subscribers", "export", "ada@example.org", "--to", str(to))
    assert again.code == 2
    assert "is there already" in again.err


def test_erase_wants_a_yes_and_then_does_it_at_once(podbrief, people, database):
    ran = podbrief("subscribers", "erase", "ada@example.org")
    assert ran.code == 2
    assert "--yes" in ran.err
    ran = podbrief("subscribers", "erase", "ada@example.org", "--yes", "--json")
    assert (ran.code, json.loads(ran.out)) == (0, {"outcome": "erased"})
    with database.reading() as session:
        assert session.scalars(select(Subscriber)).all() == []
        assert session.scalars(select(Brief.subscriber_id)).all() == [-1]
    assert podbrief("subscribers", "erase", "ada@example.org", "--yes").code == 2


def test_erase_says_when_a_mail_of_theirs_is_on_its_way(podbrief, people, database):
    with database.transaction() as session:
        session.scalars(select(Brief)).one().state = "sending"
    ran = podbrief("subscribers", "erase", "ada@example.org", "--yes")
    assert ran.code == 1
    assert "try again in a minute" in ran.out
