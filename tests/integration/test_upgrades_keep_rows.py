"""What a migration makes anew keeps its rows, and those that refer to them."""

import pytest
from sqlalchemy import Connection, text

from service.db.database import Database
from service.db.migrate import downgrade, upgrade

_AT = "'2026-11-22 07:00:00.000000+00:00'"
REFERRING = ("subscriptions", "consents", "departures", "fatigue")
ROWS_THAT_REFER = (
    (
        "INSERT INTO lists (id, slug, name, description, from_name, from_email, postal_address,"
        " language, timezone, hour, template, picks, lateness_minutes, created_at) VALUES (1, 'x',"
        f" 'X', '', 'X', 'x@example.org', 'Here', 'en', 'UTC', 7, 'daily_brief', 5, 60, {_AT})"
    ),
    (
        "INSERT INTO subscribers (id, email, address_key, name, language, created_at)"
        f" VALUES (1, 'a@example.org', 'a@example.org', 'A', 'en', {_AT})"
    ),
    (
        "INSERT INTO subscriptions (id, list_id, subscriber_id, status, timezone, hour, frequency,"
        f" created_at) VALUES (1, 1, 1, 'active', 'UTC', 7, 'daily', {_AT})"
    ),
    (
        "INSERT INTO consents (id, subscription_id, act, source, happened_at)"
        f" VALUES (1, 1, 'asked', 'site', {_AT})"
    ),
    (
        "INSERT INTO departures (subscription_id, reason, words, happened_at)"
        f" VALUES (1, 'often', '', {_AT})"
    ),
    f"INSERT INTO fatigue (subscription_id, stage, since) VALUES (1, 'noticed', {_AT})",
)


def count_of(connection: Connection, table: str) -> int:
    return int(connection.scalar(text(f"SELECT count(*) FROM {table}")) or 0)


@pytest.mark.parametrize("way", ["up", "down"])
def test_a_table_made_anew_takes_nothing_with_it_that_refers_to_its_rows(empty: Database, way: str):
    before, after = ("0016", "head") if way == "up" else ("head", "0016")
    upgrade(empty, before)
    with empty.engine.begin() as connection:
        for statement in ROWS_THAT_REFER:
            connection.exec_driver_sql(statement)
        kept = {table: count_of(connection, table) for table in REFERRING}
    assert all(kept.values())

    (upgrade if way == "up" else downgrade)(empty, after)

    with empty.engine.connect() as connection:
        assert {table: count_of(connection, table) for table in REFERRING} == kept
        if empty.is_sqlite:
            assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
