"""Days people choose: which dates they mean, and how a brief speaks of the next."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from service.audience.choices import read_days, read_pause_end, read_picks, read_quiet_day
from service.editions.due import frequency_with_days, next_due
from service.errors import InputError
from service.rendering.wording import farewell, next_brief

SUNDAY = dt.datetime(2026, 11, 22, 7, tzinfo=dt.UTC)


def dates(frequency: str, days: int, count: int = 5) -> list[str]:
    at, found = SUNDAY, []
    for _ in range(count):
        at = next_due(after=at, zone=ZoneInfo("UTC"), hour=7, frequency=frequency, days=days)
        found.append(f"{at:%a %d}")
    return found


def test_chosen_days_are_those_and_no_others():
    assert dates("days", read_days(["1", "4"])) == [
        "Tue 24",
        "Fri 27",
        "Tue 01",
        "Fri 04",
        "Tue 08",
    ]


def test_no_day_at_all_is_refused_at_the_form_and_harmless_in_the_store():
    with pytest.raises(InputError, match="at least one day"):
        read_days([])
    assert dates("days", 0, 2) == ["Mon 23", "Tue 24"]


def test_a_weekly_brief_comes_on_saturday_or_the_one_day_chosen():
    assert dates("weekly", 127, 2) == ["Sat 28", "Sat 05"]
    assert dates("weekly", 0b0000100, 2) == ["Wed 25", "Wed 02"]
    assert dates("weekly", 0b0000110, 1) == ["Sat 28"]


@pytest.mark.parametrize("given", [["7"], ["-1"], ["²"], ["mon"], ["1", ""]])
def test_what_is_no_day_is_named(given):
    with pytest.raises(InputError, match="is not a day"):
        read_days(given)


@pytest.mark.parametrize(
    ("frequency", "days", "words"),
    [
        ("daily", 127, "tomorrow"),
        ("days", 0b0000001, "tomorrow"),
        ("days", 0b0010010, "Tuesday"),
        ("days", 0b1000000, "next Sunday"),
        ("weekly", 127, "Saturday"),
        ("weekly", 0b1000000, "next Sunday"),
        ("weekdays", 127, "tomorrow"),
        ("days", 0, "tomorrow"),
    ],
)
def test_the_farewell_names_the_day_that_is_next(frequency, days, words):
    stored = frequency_with_days(frequency, days)
    assert len(stored) <= 10  # the column's length
    assert f"Until {words} at 7." in farewell(5, 7, next_brief(stored, SUNDAY.date()))


def test_a_pause_ends_after_today_and_within_a_year():
    today = SUNDAY.date()
    assert read_pause_end("2026-12-01", today=today) == dt.date(2026, 12, 1)
    for given, fault in [
        ("2026-11-22", "not after today"),
        ("2028-01-01", "more than a year"),
        ("next week", "not a date such as 2026-12-06"),
        ("", "not a date"),
    ]:
        with pytest.raises(InputError, match=fault):
            read_pause_end(given, today=today)


def test_numbers_and_quiet_days_are_as_offered():
    assert (read_picks(""), read_picks("3")) == (None, 3)
    assert read_quiet_day("missed").value == "missed"
    for given in ("4", "5.0", "-3", "٣"):
        with pytest.raises(InputError):
            read_picks(given)
    with pytest.raises(InputError):
        read_quiet_day("always")
