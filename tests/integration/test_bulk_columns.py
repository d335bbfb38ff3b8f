"""Rows written by what differs in them, and rows of numbers, read as if written one by one."""

import datetime as dt
import json

import numpy as np
import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from service.db.bulk import Alike, write_alike, write_numbers
from service.db.database import Database
from service.editions.models import Brief
from service.ledger.models import Shown
from tests.factories.store import NOW

ODD = "tab\tand\nline\r\nbreak \\N"
TEXTS = ["plain", "", 'it\'s "quoted"', "back\\slash \\.", ODD, "東京 🎧", "%s {} ?", "NULL"]
SHARED = {
    "local_date": NOW.date(),
    "list_id": 9,
    "edition_id": 9,
    "batch_id": 9,
    "tick_id": 9,
    "hour": 7,
    "frequency": "daily",
    "state": "planned",
    "reason": ODD,
    **dict.fromkeys(("due_at", "expires_at", "next_at", "created_at"), NOW),
}


def test_rows_that_share_most_of_their_values_read_as_if_written_one_by_one(database: Database):
    odd = NOW.replace(microsecond=120).astimezone(dt.timezone(dt.timedelta(hours=1)))
    own = ("id", "subscriber_id", "subscription_id", "picks")
    first = SHARED | {"due_at": odd}
    second = SHARED | {"due_at": odd, "hour": 8, "batch_id": None, "reason": None}
    texts = [json.dumps([text], ensure_ascii=False) for text in TEXTS]
    groups = [
        Alike(list(first.values()), ([1, 2], [11, 12], [21, 22], texts[:2])),
        Alike(list(second.values()), (range(3, 9), range(13, 19), [2**62 + 1] * 6, texts[2:])),
    ]
    with database.transaction() as session:
        write_alike(session, Brief, own, list(SHARED), groups)
        write_alike(session, Brief, own, list(SHARED), [])

    with database.reading() as session:
        found = session.scalars(select(Brief).order_by(Brief.id)).all()
    assert [brief.picks for brief in found] == [[text] for text in TEXTS]
    assert [brief.subscriber_id for brief in found] == list(range(11, 19))
    assert [(brief.hour, brief.batch_id, brief.reason) for brief in found[1:3]] == [
        (7, 9, ODD),
        (8, None, None),
    ]
    assert {brief.due_at for brief in found} == {odd}
    assert found[-1].subscription_id == 2**62 + 1


def test_numbers_and_dates_written_from_arrays_read_as_rows(database: Database):
    dates = [dt.date(1999, 12, 31), dt.date(2000, 1, 1), dt.date(2026, 11, 22)]
    columns = {
        "subscriber_id": np.array([1, 1, 2**62 + 1]),
        "story_id": np.array([7, 8, 7]),
        "insight_id": np.array([-1, 0, 3]),
        "brief_id": np.array([5, 5, 6]),
        "shown_on": np.array(dates, dtype="M8[D]"),
    }
    with database.transaction() as session:
        write_numbers(session, Shown, columns)
        write_numbers(session, Shown, {name: column[:0] for name, column in columns.items()})

    with database.reading() as session:
        found = session.scalars(select(Shown).order_by(Shown.subscriber_id, Shown.story_id)).all()
    assert [one.shown_on for one in found] == dates
    assert [(one.subscriber_id, one.story_id) for one in found] == [(1, 7), (1, 8), (2**62 + 1, 7)]
    assert [(one.insight_id, one.brief_id) for one in found] == [(-1, 5), (0, 5), (3, 6)]
    with pytest.raises(IntegrityError), database.transaction() as session:
        write_numbers(session, Shown, columns)
