"""Erasing a person: nothing of them is found again in dumps, files and logs; every count stays."""

import datetime as dt
import io
import logging
import sqlite3
from contextlib import closing

import pytest
import structlog
from sqlalchemy import select, text

import service.privacy.models  # noqa: F401 - all tables must be known
from service.audience.erased import ErasureMarks
from service.audience.models import ErasedAddress, Subscriber, Subscription, Suppression
from service.db.base import Base
from service.db.database import Database
from service.editions.equation import equation_of
from service.editions.models import Brief
from service.ledger.notice_models import Notice
from service.log import set_up_logging
from service.monitoring.reconcile import reconcile
from service.privacy.belongings import APART, tables_of_persons
from service.privacy.erase import Eraser, Outcome
from service.privacy.erasures import TIME_TO_THINK
from service.sources.import_subscribers import import_subscribers
from service.sources.line_file import LineFile
from tests.factories.known_person import EMAIL, MARKS, NAME, make_known
from tests.factories.web_visit import Visit, open_site

STATES = ("accepted", "planned", "accepted", "skipped")


@pytest.fixture
def visit(database, database_url, clock, tmp_path):
    with open_site(database, database_url, clock, tmp_path / "home", states=STATES) as visit:
        keys = visit.settings.signing_keys()
        with database.transaction() as session:
            make_known(session, visit.readership, keys=keys, now=clock.now())
        yield visit


def dump(database: Database) -> str:
    """Return every row of every table there is, ours or not, as one text in small letters."""
    with database.reading() as session:
        is_sqlite = session.get_bind().dialect.name == "sqlite"
        tables = session.scalars(
            text(
                "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '%_fts%'"
                if is_sqlite
                else "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables "
                "WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
            )
        ).all()
        assert len(tables) > 30
        rows = []
        for name in tables:
            quoted = f'"{name}"' if is_sqlite else name
            rows += [repr(tuple(row)) for row in session.execute(text(f"SELECT * FROM {quoted}"))]
    return "\n".join(rows).lower()


def found_in(text_: str) -> list[str]:
    return [mark for mark in MARKS if mark in text_]


def erase(visit: Visit) -> Outcome:
    return Eraser(visit.settings.signing_keys()).erase(
        visit.database, subscriber_id=visit.readership.subscriber_id, now=visit.clock.now()
    )


def test_the_dump_would_show_them_if_anything_did(visit):
    assert found_in(dump(visit.database)) == list(MARKS)


def test_a_dump_of_the_whole_store_knows_them_no_more(visit):
    assert erase(visit) is Outcome.ERASED
    assert found_in(dump(visit.database)) == []
    assert erase(visit) is Outcome.GONE


def test_the_bytes_of_sqlites_files_know_them_no_more(sqlite_url, clock, tmp_path):
    database = Database(sqlite_url)
    path = database.url.database or ""
    with open_site(database, sqlite_url, clock, tmp_path / "home", states=STATES) as visit:
        keys = visit.settings.signing_keys()
        with database.transaction() as session:
            make_known(session, visit.readership, keys=keys, now=clock.now())
        for number in range(300):  # their row moves about, as rows do
            with database.transaction() as session:
                person = session.get_one(Subscriber, visit.readership.subscriber_id)
                person.name = NAME + "." * (number % 60)
        assert found_in(files_of(path)) == list(MARKS)
        assert erase(visit) is Outcome.ERASED
        assert found_in(files_of(path)) == []
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("VACUUM")
        assert found_in(files_of(path)) == []
    database.dispose()


def files_of(path: str) -> str:
    whole = b""
    for ending in ("", "-wal"):
        try:
            with open(path + ending, "rb") as file:  # noqa: PTH123 - a name with an ending
                whole += file.read()
        except FileNotFoundError:
            continue
    return whole.decode("latin-1").lower()


def test_every_count_of_the_edition_stays_what_it_was(visit):
    edition_id = visit.readership.edition_id
    with visit.database.reading() as session:
        before = equation_of(session, edition_id=edition_id)
    assert before.holds
    erase(visit)
    with visit.database.reading() as session:
        assert equation_of(session, edition_id=edition_id) == before
        found = reconcile(session, now=visit.clock.now())
        assert found.holds
        brief = session.scalars(select(Brief).where(Brief.id == 1)).one()
        assert (brief.state, brief.picks, brief.subscription_id) == ("accepted", [], 0)
        others = session.scalars(select(Brief).where(Brief.id != 1)).all()
        assert all(other.subscriber_id > 0 for other in others)


def test_two_erased_on_one_day_leave_two_rows_and_no_thread_between_days(visit):
    erase(visit)
    with visit.database.reading() as session:
        second = session.scalars(select(Subscriber.id).order_by(Subscriber.id)).first()
    eraser = Eraser(visit.settings.signing_keys())
    assert second is not None
    assert (
        eraser.erase(visit.database, subscriber_id=second, now=visit.clock.now()) is Outcome.ERASED
    )
    with visit.database.reading() as session:
        ids = session.scalars(select(Brief.subscriber_id).order_by(Brief.id)).all()
        assert ids[:2] == [-1, -2]
        assert equation_of(session, edition_id=visit.readership.edition_id).holds
        owed = session.scalars(select(Brief).where(Brief.id == 2)).one()
        assert (owed.state, owed.reason) == ("cancelled", "erased")


def test_what_is_being_handed_over_is_waited_for(visit):
    with visit.database.transaction() as session:
        session.get_one(Brief, (1, visit.readership.local_date)).state = "sending"
    before = dump(visit.database)
    assert erase(visit) is Outcome.WAITS
    assert dump(visit.database) == before


def test_notices_to_them_are_neither_sent_nor_kept(visit):
    erase(visit)
    with visit.database.reading() as session:
        notice = session.scalars(select(Notice)).one()
        assert (notice.state, notice.recipient, notice.arguments) == ("cancelled", "", {})


def test_only_a_keyed_hash_stays_and_it_takes_the_key_to_recognise_it(visit):
    erase(visit)
    with visit.database.reading() as session:
        mark = session.scalars(select(ErasedAddress.mark)).one()
        assert session.scalars(select(Suppression)).all() == []
    assert mark == ErasureMarks(visit.settings.signing_keys()).known(EMAIL)[0]
    assert mark not in ErasureMarks([b"another key"]).known(EMAIL)


def an_import(visit: Visit, *addresses: str, keys: list[bytes] | None = None):
    lines = "\n".join(["email,name", *(f"{address},Somebody" for address in addresses)])
    return import_subscribers(
        LineFile("people.csv", io.BytesIO(lines.encode()), len(lines)),
        list_slug="daily",
        database=visit.database,
        clock=visit.clock,
        marks=ErasureMarks(keys or visit.settings.signing_keys()),
    )


def test_an_import_does_not_bring_them_back_however_it_is_spelt(visit):
    erase(visit)
    report = an_import(visit, EMAIL.upper(), "somebody@else.example")
    assert report.added == 1
    assert report.notes["erased at their own wish"] == 1
    assert found_in(dump(visit.database)) == []


def test_a_rotated_key_still_recognises_them(visit):
    erase(visit)
    report = an_import(visit, EMAIL, keys=[b"the new key", *visit.settings.signing_keys()])
    assert report.added == 0


def test_somebody_who_signed_up_anew_is_imported_like_anybody(visit):
    erase(visit)
    with visit.database.transaction() as session:
        session.add(Subscriber(email=EMAIL, address_key=EMAIL, created_at=visit.clock.now()))
    assert an_import(visit, EMAIL).notes["erased at their own wish"] == 0


def test_logs_of_all_of_it_name_nobody(visit, capsys):
    try:
        set_up_logging(level="debug", style="json")
        visit.client.post(f"{visit.own_path}/erase", data={"sure": "yes"})
        visit.clock.advance(TIME_TO_THINK)
        eraser = Eraser(visit.settings.signing_keys())
        assert eraser.erase_due(visit.database, now=visit.clock.now()) == 1
        visit.client.get(visit.unsubscribe_path)
    finally:
        structlog.reset_defaults()
        logging.getLogger().handlers = []
    said = capsys.readouterr().err.lower()
    assert "people_erased" in said
    assert found_in(said) == []


def test_it_is_asked_in_two_steps_done_in_minutes_and_can_be_taken_back_until_then(visit):
    path = f"{visit.own_path}/erase"
    assert "Have everything erased?" in visit.client.get(path).text
    assert visit.client.post(path).status_code == 400
    asked = visit.client.post(path, data={"sure": "yes"})
    assert "You are about to be forgotten." in asked.text
    with visit.database.reading() as session:
        assert session.get_one(Subscription, visit.readership.subscription_id).status == "paused"
    assert "You asked to be forgotten." in visit.client.get(visit.own_path).text
    eraser = Eraser(visit.settings.signing_keys())
    assert eraser.erase_due(visit.database, now=visit.clock.now()) == 0
    back = visit.client.post(path, data={"undo": "yes"})
    assert "Everything is as it was" in back.text
    with visit.database.reading() as session:
        assert session.get_one(Subscription, visit.readership.subscription_id).status == "active"
    own = visit.own_path
    visit.client.post(path, data={"sure": "yes"})
    visit.clock.advance(TIME_TO_THINK)
    assert dt.timedelta(minutes=10) >= TIME_TO_THINK
    assert eraser.erase_due(visit.database, now=visit.clock.now()) == 1
    gone = visit.client.get(own)
    assert gone.status_code == 410
    assert visit.client.get(visit.unsubscribe_path).status_code == 200
    assert visit.client.get(visit.brief_path).status_code in (404, 410)


def test_every_table_that_could_know_a_person_is_named():
    """A new table hangs on the person by a key, or says in `APART` what becomes of it."""
    hanging = {table.name for table, _ in tables_of_persons()}
    telling = ("subscri", "recipient", "email", "address", "brief_id")
    known = hanging | set(APART) | {"subscribers", "lists", "staff"}
    for table in Base.metadata.sorted_tables:
        names = [column.name for column in table.columns]
        if any(part in name for name in names for part in telling):
            assert table.name in known, f"{table.name}: who erases it?"
    for table, column in tables_of_persons():
        keys = [key for key in table.foreign_keys if key.parent.name == column]
        assert [key.ondelete for key in keys] == ["CASCADE"], table.name
