"""How far back each reader looks, and how fast things fade for them."""

import datetime as dt

import numpy as np
import pytest

from service.audience.models import Frequency
from service.editions.due import days_since_last
from service.selection.outlook import half_life, hours_back, recency_of, windows_of
from service.selection.rules import Rules

MONDAY = dt.date(2026, 11, 23)
TUESDAYS_AND_FRIDAYS = 0b0010010


@pytest.mark.parametrize(
    ("frequency", "days", "on", "since"),
    [
        (Frequency.DAILY, 127, 0, 1),
        (Frequency.WEEKDAYS, 127, 0, 3),
        (Frequency.WEEKDAYS, 127, 1, 1),
        (Frequency.DAYS, TUESDAYS_AND_FRIDAYS, 1, 4),
        (Frequency.DAYS, TUESDAYS_AND_FRIDAYS, 4, 3),
        (Frequency.DAYS, 0b1, 0, 7),
        (Frequency.WEEKLY, 127, 5, 7),
        (Frequency.WEEKLY, 127, 0, 2),  # asked for on another day than theirs
    ],
)
def test_days_since_the_last_brief_follow_from_the_rhythm(
    frequency: Frequency, days: int, on: int, since: int
):
    assert days_since_last(frequency, days, MONDAY + dt.timedelta(days=on)) == since


def back(days: int, rules: Rules, *, weekly: bool = False) -> int:
    return int(hours_back(np.array([days]), np.array([weekly]), rules)[0])


def test_the_window_covers_all_since_the_last_brief_but_never_more_than_a_week():
    rules = Rules()
    assert [back(days, rules) for days in range(1, 9)] == [72, 72, 96, 120, 144, 168, 168, 168]
    assert back(1, rules, weekly=True) == back(7, rules, weekly=True) == 168


def test_a_list_of_short_windows_keeps_them_for_daily_readers_alone():
    rules = Rules(fresh_hours=24)
    assert [back(days, rules) for days in (1, 2, 3)] == [24, 72, 96]


def test_a_list_whose_usual_window_is_longer_than_a_week_has_it_for_all():
    rules = Rules(fresh_hours=300, wider_hours=300)
    assert back(1, rules) == back(7, rules, weekly=True) == 300
    assert half_life(300, rules) == rules.recency_half_life_hours


def test_things_fade_the_slower_the_further_back_somebody_looks():
    rules = Rules()
    lives = [half_life(hours, rules) for hours in (72, 96, 120, 144, 168)]
    assert lives == sorted(lives)
    assert (lives[0], lives[-1]) == (36, 168)
    ages = np.array([0, 168], dtype=np.float32)
    assert recency_of(ages, 168, rules) == pytest.approx([0.6, 0.3])


def test_windows_grow_and_begin_where_the_reader_does():
    ages = np.array([1, 80, 160, 400, 900], dtype=np.float32)
    assert windows_of(ages, 72, Rules()) == (1, 3, 4)
    assert windows_of(ages, 96, Rules()) == (2, 3, 4)
    assert windows_of(ages, 168, Rules()) == (3, 4)
    assert windows_of(ages, 900, Rules()) == (5,)
