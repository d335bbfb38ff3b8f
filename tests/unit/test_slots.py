"""What a due subscription gets: its date, its deadline, its next moment, or the reason for none."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.editions.decide import Slot, slot_on_demand, slot_when_due
from service.editions.due import Rhythm
from service.ledger.state import SkipReason

DUE = dt.datetime(2026, 11, 22, 7, 0, tzinfo=dt.UTC)
LATENESS = dt.timedelta(hours=6)
SECOND = dt.timedelta(seconds=1)
BERLIN = ZoneInfo("Europe/Berlin")
AUCKLAND = ZoneInfo("Pacific/Auckland")


def in_zone(name: str) -> Rhythm:
    return Rhythm(ZoneInfo(name), 7, "daily")


def when_due(**changes: object) -> Slot:
    values: dict[str, object] = {
        "due_at": DUE,
        "rhythm": in_zone("UTC"),
        "suppressed": False,
        "lateness": LATENESS,
        "now": DUE,
    }
    return slot_when_due(**(values | changes))  # type: ignore[arg-type]  # each test names its own


def on_demand(**changes: object) -> Slot:
    values: dict[str, object] = {
        "as_of": DUE,
        "next_due_at": None,
        "rhythm": in_zone("UTC"),
        "suppressed": False,
        "lateness": LATENESS,
        "now": DUE,
    }
    return slot_on_demand(**(values | changes))  # type: ignore[arg-type]  # each test names its own


def test_who_is_due_gets_a_brief_of_their_own_date_until_the_lists_limit():
    slot = when_due(
        due_at=dt.datetime(2026, 11, 21, 18, tzinfo=dt.UTC), rhythm=Rhythm(AUCKLAND, 7, "daily")
    )
    assert slot.local_date == dt.date(2026, 11, 22)
    assert slot.expires_at == slot.due_at + LATENESS


def test_found_at_the_last_moment_is_not_too_late_a_second_after_is():
    assert when_due(now=DUE + LATENESS).skip is None
    assert when_due(now=DUE + LATENESS + SECOND).skip is SkipReason.TOO_LATE


def test_a_suppressed_address_says_so_even_when_it_is_also_late():
    assert when_due(suppressed=True, now=DUE + 2 * LATENESS).skip is SkipReason.SUPPRESSED
    assert on_demand(suppressed=True).skip is SkipReason.SUPPRESSED


def test_the_date_is_that_of_the_due_moment_not_of_the_moment_it_was_found():
    slot = when_due(
        due_at=dt.datetime(2026, 11, 22, 22, 30, tzinfo=dt.UTC),
        rhythm=Rhythm(BERLIN, 23, "daily"),
        now=dt.datetime(2026, 11, 23, 1, tzinfo=dt.UTC),
    )
    assert slot.local_date == dt.date(2026, 11, 22)


def test_after_an_outage_each_missed_day_comes_by_in_turn():
    due, seen = DUE - 3 * dt.timedelta(days=1), []
    for _ in range(4):
        slot = when_due(due_at=due)
        seen.append((slot.local_date.day, slot.skip))
        due = slot.next_due_at
    late = SkipReason.TOO_LATE
    assert seen == [(19, late), (20, late), (21, late), (22, None)]
    assert due == DUE + dt.timedelta(days=1)


def test_on_demand_nobody_is_late_and_the_deadline_counts_from_now():
    past = DUE - dt.timedelta(days=2)
    slot = on_demand(as_of=past)
    assert slot.skip is None
    assert slot.local_date == dt.date(2026, 11, 20)
    assert slot.due_at == past
    assert slot.expires_at == DUE + LATENESS


def test_on_demand_for_a_moment_to_come_the_deadline_counts_from_then():
    ahead = DUE + dt.timedelta(days=2)
    assert on_demand(as_of=ahead).expires_at == ahead + LATENESS


@pytest.mark.parametrize("as_of_hour", [0, 6, 7, 8, 23])
def test_served_on_demand_means_served_for_that_date(as_of_hour: int):
    as_of = DUE.replace(hour=as_of_hour)
    slot = on_demand(as_of=as_of, now=as_of)
    assert slot.local_date == dt.date(2026, 11, 22)
    assert slot.next_due_at == DUE + dt.timedelta(days=1)


@settings(deadline=None)
@given(
    st.timedeltas(-dt.timedelta(days=15 * 365), dt.timedelta(days=10 * 365)).map(DUE.__add__),
    st.timedeltas(min_value=dt.timedelta(), max_value=dt.timedelta(days=3)),
    st.sampled_from(["Pacific/Apia", "Europe/Berlin", "America/St_Johns", "Pacific/Chatham"]),
    st.integers(0, 23),
    st.sampled_from(["daily", "weekdays", "weekly", "days"]),
    st.integers(0, 127),
)
def test_the_next_moment_is_always_of_a_later_date(
    due_at, found_after, name, hour, frequency, days
):
    zone = ZoneInfo(name)
    now = due_at + found_after
    for slot in (
        when_due(due_at=due_at, rhythm=Rhythm(zone, hour, frequency, days), now=now),
        on_demand(as_of=due_at, rhythm=Rhythm(zone, hour, frequency, days), now=now),
    ):
        assert slot.next_due_at > due_at
        assert slot.next_due_at.astimezone(zone).date() > slot.local_date
        assert slot.expires_at >= slot.due_at + LATENESS
