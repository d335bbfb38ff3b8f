"""Many rows at once mean the same on both databases, and every number is given out once."""

import contextlib
import datetime as dt
import json
import threading
from typing import Any

import pytest
from sqlalchemy import BigInteger, Date, Float, String, func, select, text
from sqlalchemy.exc import IntegrityError

from service.audience.models import NewsletterList, Subscriber, Subscription
from service.db.base import UtcDateTime
from service.db.bulk import ID_BLOCK, insert_ignoring, reserve_ids, rows_as_table, write_rows
from service.db.database import Database
from service.db.row_ids import row_ids
from service.editions.models import Brief
from service.errors import UnavailableError
from service.insights.models import Topic
from tests.factories.store import NOW, make_list, make_subscriber, make_subscription

NASTY = [
    "plain",
    "",
    'it\'s "quoted"',
    "back\\slash \\N \\. \\t",
    "tab\tand\nline\r\nbreak",
    "Ångström 東京 🎧",
    "%s %(name)s :name ? {}",
    "'; DROP TABLE topics; --",
    "NULL",
    "null",
]
BERLIN = dt.timezone(dt.timedelta(hours=1))
COLUMNS = (
    *("local_date", "id", "list_id", "subscriber_id", "subscription_id", "edition_id"),
    *("batch_id", "tick_id", "hour", "frequency", "picks", "state", "reason"),
    *("due_at", "expires_at", "next_at", "created_at"),
)


def brief_row(number: int, **changes: Any) -> list[Any]:
    values: dict[str, Any] = dict.fromkeys(COLUMNS, number)
    values |= {"local_date": NOW.date(), "batch_id": None, "hour": 7, "picks": "[]"}
    values |= {"frequency": "daily"}
    values |= {"state": "planned", "reason": None}
    values |= dict.fromkeys(("due_at", "expires_at", "next_at", "created_at"), NOW)
    return list((values | changes).values())


def test_what_is_written_in_bulk_reads_as_if_written_one_by_one(database: Database):
    odd = NOW.replace(microsecond=120)
    picks = [[1, 0.5, "topic", text] for text in NASTY]
    row = brief_row(
        1,
        picks=json.dumps(picks, ensure_ascii=False),
        reason=NASTY[2],
        due_at=odd.astimezone(BERLIN),
        local_date=dt.date(2026, 12, 31),
        subscriber_id=2**60 + 1,
    )
    with database.transaction() as session:
        write_rows(session, Brief, COLUMNS, [row, brief_row(2)])

    with database.reading() as session:
        brief = session.scalars(select(Brief).where(Brief.id == 1)).one()
        # the text of a moment must sort and compare as those the ORM writes
        by_moment = select(Brief.id).where(Brief.due_at == odd)
        assert session.scalars(by_moment).all() == [1]
    assert brief.picks == picks
    assert brief.due_at == odd
    assert brief.local_date == dt.date(2026, 12, 31)
    assert brief.subscriber_id == 2**60 + 1
    assert (brief.batch_id, brief.reason, brief.attempt) == (None, NASTY[2], 0)


def test_texts_of_any_kind_survive(database: Database):
    with database.transaction() as session:
        ids = row_ids(session, Topic, len(NASTY))
        rows = [(i, f"slug-{i}", name) for i, name in zip(ids, NASTY, strict=True)]
        write_rows(session, Topic, ("id", "slug", "name"), rows)
    with database.reading() as session:
        assert session.scalars(select(Topic.name).order_by(Topic.id)).all() == NASTY


def test_one_bad_row_and_none_is_written(database: Database):
    with database.transaction() as session:
        write_rows(session, Brief, COLUMNS, [brief_row(1)])
    with pytest.raises(IntegrityError), database.transaction() as session:
        write_rows(session, Brief, COLUMNS, [brief_row(2), brief_row(3), brief_row(1)])
    with database.reading() as session:
        assert session.scalars(select(Brief.id)).all() == [1]


def test_writing_nothing_is_no_fault(database: Database):
    with database.transaction() as session:
        write_rows(session, Brief, COLUMNS, [])
        insert_ignoring(session, Topic, [])
        assert list(reserve_ids(session, "brief_ids", 0)) == []


def test_a_store_that_goes_away_in_a_bulk_write_is_told_in_a_sentence(postgresql_url: str):
    database, other = Database(postgresql_url), Database(postgresql_url)
    try:
        with pytest.raises(UnavailableError), database.transaction() as session:  # noqa: PT012 - cut within
            backend = session.scalar(text("SELECT pg_backend_pid()"))
            with other.transaction() as ending:
                ending.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": backend})
            write_rows(session, Brief, COLUMNS, [brief_row(1)])
    finally:
        database.dispose()
        other.dispose()


def test_two_bulk_writes_that_block_each_other_are_told_in_a_sentence(postgresql_url: str):
    database = Database(postgresql_url)
    both_hold_one = threading.Barrier(2)
    faults: list[BaseException] = []

    def write(first: int, second: int) -> None:
        try:
            with database.transaction() as session:
                write_rows(session, Brief, COLUMNS, [brief_row(first)])
                both_hold_one.wait()
                write_rows(session, Brief, COLUMNS, [brief_row(second)])
        except BaseException as error:  # noqa: BLE001 - shown by the assertions below
            faults.append(error)

    threads = [threading.Thread(target=write, args=pair) for pair in ((1, 2), (2, 1))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    database.dispose()
    assert {type(fault) for fault in faults} <= {UnavailableError, IntegrityError}
    assert UnavailableError in {type(fault) for fault in faults}


def test_rows_can_be_joined_as_a_table(database: Database):
    moments = [NOW, None, NOW.astimezone(BERLIN) + dt.timedelta(microseconds=5)]
    with database.transaction() as session:
        newsletter = make_list(session)
        subscriptions = [
            make_subscription(session, newsletter, next_due_at=moment) for moment in moments
        ]
        dates = [None, dt.date(2026, 11, 22), dt.date(2024, 2, 29)]
        for subscription, date in zip(subscriptions, dates, strict=True):
            subscription.last_local_date = date
        session.flush()
        page = rows_as_table(
            session,
            "page",
            {
                "id": (BigInteger(), [subscription.id for subscription in subscriptions]),
                "moment": (UtcDateTime(), moments),
                "date": (Date(), dates),
            },
        )
        matched = session.scalars(
            select(Subscription.id)
            .join(page, page.c.id == Subscription.id)
            .where(
                Subscription.next_due_at.is_not_distinct_from(page.c.moment),
                Subscription.last_local_date.is_not_distinct_from(page.c.date),
            )
            .order_by(Subscription.id)
        ).all()
        assert matched == [subscription.id for subscription in subscriptions]


def test_moments_of_a_table_are_before_and_after_as_they_are(database: Database):
    later = [NOW + dt.timedelta(microseconds=step) for step in (-1, 0, 1)]
    with database.transaction() as session:
        subscription = make_subscription(session, make_list(session), next_due_at=NOW)
        page = rows_as_table(
            session, "page", {"n": (BigInteger(), [1, 2, 3]), "at": (UtcDateTime(), later)}
        )
        found = session.scalars(
            select(page.c.n)
            .where(Subscription.id == subscription.id, page.c.at >= Subscription.next_due_at)
            .order_by(page.c.n)
        ).all()
    assert found == [2, 3]


def test_texts_and_numbers_of_a_table_are_what_was_put_in(database: Database):
    numbers = [2**62 + number for number in range(len(NASTY))]
    parts = [number / 7 for number in range(len(NASTY))]
    with database.transaction() as session:
        table = rows_as_table(
            session,
            "given",
            {
                "number": (BigInteger(), numbers),
                "part": (Float(), parts),
                "word": (String(), NASTY),
                "absent": (String(), [None] * len(NASTY)),
            },
        )
        rows = session.execute(select(table).order_by(table.c.number)).all()
    assert [row.number for row in rows] == numbers
    assert [row.part for row in rows] == parts
    assert [row.word for row in rows] == NASTY
    assert {row.absent for row in rows} == {None}


def test_a_table_of_no_rows_joins_to_nothing(database: Database):
    with database.transaction() as session:
        make_subscriber(session)
        none = rows_as_table(session, "none", {"id": (BigInteger(), [])})
        rows = session.execute(select(Subscriber.id).join(none, none.c.id == Subscriber.id))
        assert rows.all() == []


def test_one_statement_serves_tables_of_any_length(database: Database):
    def joined(ids: list[int]) -> int | None:
        page = rows_as_table(session, "page", {"id": (BigInteger(), ids)})
        return session.scalar(
            select(func.count()).select_from(Subscriber).join(page, page.c.id == Subscriber.id)
        )

    with database.transaction() as session:
        ids = [make_subscriber(session).id for _ in range(3)]
        assert joined(ids[:1]) == 1
        before = len(database.engine._compiled_cache or ())  # what it has prepared so far
        assert [joined(ids), joined(ids * 700)] == [3, 2100]
        assert len(database.engine._compiled_cache or ()) == before


def test_more_ids_than_a_block_holds_are_reserved_at_once(database: Database):
    with database.transaction() as session:
        many = list(reserve_ids(session, "brief_ids", 2 * ID_BLOCK + 1))
        few = list(reserve_ids(session, "brief_ids", 2))
    assert len({*many, *few}) == len(many) + len(few) == 2 * ID_BLOCK + 3
    assert [*many, *few] == sorted([*many, *few])


@pytest.mark.parametrize("how", ["brief_ids", "topics"])
def test_ids_reserved_at_once_in_many_threads_are_given_once(database: Database, how: str):
    threads, rounds = 6, 15
    start = threading.Barrier(threads)
    taken: list[int] = []
    faults: list[BaseException] = []

    def reserve(number: int) -> None:
        start.wait()
        try:
            for turn in range(rounds):
                with database.transaction() as session:
                    if how == "brief_ids":
                        ids = list(reserve_ids(session, "brief_ids", 1 + turn % 4))
                    else:
                        ids = list(row_ids(session, Topic, 1 + turn % 4))
                        rows = [(i, f"s{i}", f"{number}") for i in ids]
                        write_rows(session, Topic, ("id", "slug", "name"), rows)
                taken.extend(ids)
        except BaseException as error:  # noqa: BLE001 - shown by the assertion below
            faults.append(error)

    running = [threading.Thread(target=reserve, args=(number,)) for number in range(threads)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    assert faults == []
    assert len(taken) == len(set(taken)) == threads * sum(1 + turn % 4 for turn in range(rounds))


def test_ids_of_a_transaction_that_was_rolled_back_are_at_worst_a_gap(database: Database):
    with database.transaction() as session:
        first = list(reserve_ids(session, "brief_ids", 3))
    with contextlib.suppress(InterruptedError), database.transaction() as session:
        reserve_ids(session, "brief_ids", 5)
        raise InterruptedError
    with database.transaction() as session:
        second = list(reserve_ids(session, "brief_ids", 3))
    assert not set(first) & set(second)
    assert second == sorted(second)


def test_what_is_there_stays_as_it_is(database: Database):
    with database.transaction() as session:
        make_list(session, slug="daily", name="Kept")
    row = {
        "name": "Other",
        "from_name": "x",
        "from_email": "x@example.org",
        "postal_address": "x",
        "created_at": NOW,
    }
    with database.transaction() as session:
        insert_ignoring(
            session, NewsletterList, [row | {"slug": "daily"}, row | {"slug": "weekly"}]
        )
    with database.reading() as session:
        rows = session.execute(select(NewsletterList.slug, NewsletterList.name))
        names = {row.slug: row.name for row in rows}
    assert names == {"daily": "Kept", "weekly": "Other"}
