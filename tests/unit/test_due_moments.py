"""One due moment a local date, in every zone, on every day, whatever the clocks do."""

import datetime as dt
from collections.abc import Iterator
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.editions.due import ZONE_CHANGE_PAUSE, local_date, moment_of, next_due

HOURS = (0, 1, 2, 3, 7, 23)  # where clocks change, an ordinary morning, and the day's last
DAYS = 400
QUARTER = dt.timedelta(minutes=15)
DAY = dt.timedelta(days=1)
_NAMES = """
Africa/Cairo Africa/Casablanca Africa/El_Aaiun Africa/Johannesburg Africa/Lagos Africa/Nairobi
America/Adak America/Anchorage America/Argentina/Buenos_Aires America/Asuncion America/Bogota
America/Caracas America/Chicago America/Denver America/Halifax America/Havana America/Los_Angeles
America/Mexico_City America/Miquelon America/New_York America/Nuuk America/Phoenix
America/Santiago America/Sao_Paulo America/Scoresbysund America/St_Johns America/Toronto
Antarctica/Macquarie Antarctica/Troll Asia/Beirut Asia/Dhaka Asia/Dubai Asia/Gaza Asia/Hong_Kong
Asia/Jerusalem Asia/Kabul Asia/Karachi Asia/Kathmandu Asia/Kolkata Asia/Pyongyang Asia/Riyadh
Asia/Singapore Asia/Tehran Asia/Tokyo Asia/Yangon Atlantic/Azores Australia/Adelaide
Australia/Brisbane Australia/Eucla Australia/Lord_Howe Australia/Sydney Europe/Berlin
Europe/Chisinau Europe/Dublin Europe/Istanbul Europe/London Europe/Moscow Pacific/Apia
Pacific/Auckland Pacific/Chatham Pacific/Easter Pacific/Honolulu Pacific/Kiritimati
Pacific/Marquesas Pacific/Norfolk Pacific/Pago_Pago UTC
"""
ZONES = _NAMES.split()
ODD_TIMES = [  # a zone, and a day on which its calendar did something strange
    ("Pacific/Apia", "2011-12-30"),  # the date itself was left out
    ("Pacific/Kwajalein", "1993-08-21"),  # the same, on a Saturday
    ("Pacific/Fakaofo", "2011-12-30"),
    ("America/St_Johns", "2006-04-02"),  # a gap from 00:01 to 01:01
    ("America/St_Johns", "2006-10-29"),  # at 00:01 back to 23:01 of the day before
    ("Asia/Pyongyang", "2015-08-15"),  # half an hour, at midnight
    ("Asia/Pyongyang", "2018-05-05"),
    ("America/Caracas", "2016-05-01"),
    ("Asia/Kathmandu", "1986-01-01"),  # a gap of a quarter of an hour, at midnight
    ("America/Sao_Paulo", "2018-11-04"),  # the day begins at one
    ("Africa/Cairo", "2024-04-26"),
    ("Asia/Amman", "2022-10-28"),
    ("Antarctica/Casey", "2020-10-04"),  # three hours, at 00:01
]


def walk(
    zone: ZoneInfo, hour: int, frequency: str, *, start: dt.datetime, days: int
) -> Iterator[tuple[dt.date, dt.datetime]]:
    """Be planned as the planner does it: at each due moment, for the next."""
    at, served = start, None
    while at < start + days * DAY:
        at = next_due(after=at, zone=zone, hour=hour, frequency=frequency, served_date=served)
        served = local_date(at, zone)
        yield served, at


def first_reached(
    zone: ZoneInfo, *, start: dt.datetime, end: dt.datetime, step: dt.timedelta
) -> dict[tuple[dt.date, int], dt.datetime]:
    """Watch a clock on the wall of that zone: when does it first show each hour, or later?"""
    reached: dict[tuple[dt.date, int], dt.datetime] = {}
    next_hour: dict[dt.date, int] = {}
    moment = start
    while moment < end:
        wall = moment.astimezone(zone)
        date = wall.date()
        for hour in range(next_hour.get(date, 0), wall.hour + 1):
            reached[date, hour] = moment
        next_hour[date] = max(next_hour.get(date, 0), wall.hour + 1)
        moment += step
    return reached


def assert_one_moment_a_date(zone: ZoneInfo, *, start: dt.datetime, days: int, step: dt.timedelta):
    reached = first_reached(zone, start=start - 2 * DAY, end=start + (days + 3) * DAY, step=step)
    first_date = local_date(start, zone) + DAY
    last_date = local_date(start + days * DAY, zone) - DAY
    dates = sorted({date for date, _ in reached if first_date <= date <= last_date})
    for hour in HOURS:
        planned = [
            (date, moment)
            for date, moment in walk(zone, hour, "daily", start=start, days=days)
            if first_date <= date <= last_date
        ]
        assert planned == [(date, reached[date, hour]) for date in dates if (date, hour) in reached]


@pytest.mark.parametrize("name", ZONES)
def test_every_local_date_of_400_days_has_one_moment_the_first_of_its_hour(name: str):
    start = dt.datetime(2026, 1, 1, 12, tzinfo=dt.UTC)
    assert_one_moment_a_date(ZoneInfo(name), start=start, days=DAYS, step=QUARTER)


@pytest.mark.parametrize(("name", "day"), ODD_TIMES, ids=str)
def test_strange_days_have_one_moment_too_to_the_minute(name: str, day: str):
    start = dt.datetime.fromisoformat(day).replace(hour=12, tzinfo=dt.UTC) - 4 * DAY
    assert_one_moment_a_date(ZoneInfo(name), start=start, days=8, step=dt.timedelta(minutes=1))


def test_there_are_fifty_zones_with_gaps_folds_and_odd_offsets_among_them():
    assert len(set(ZONES)) >= 50
    start = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    offsets = {
        name: {(start + n * DAY).astimezone(ZoneInfo(name)).utcoffset() for n in range(DAYS)}
        for name in ZONES
    }
    assert sum(len(seen) > 1 for seen in offsets.values()) >= 30
    minutes = {offset.seconds // 60 % 60 for seen in offsets.values() for offset in seen if offset}
    assert minutes == {0, 30, 45}


def test_a_date_whose_last_hour_is_left_out_goes_without_rather_than_the_next_having_two():
    # 23:00 is followed by midnight there, once a year
    scoresbysund = ZoneInfo("America/Scoresbysund")
    start = dt.datetime(2026, 3, 27, 12, tzinfo=dt.UTC)
    dates = [date.day for date, _ in walk(scoresbysund, 23, "daily", start=start, days=4)]
    assert dates[:3] == [27, 29, 30]


@pytest.mark.parametrize(
    ("name", "day", "hour", "moment"),
    [
        ("Europe/Berlin", "2026-03-29", 2, "2026-03-29T01:00Z"),  # no 02:00: 03:00 summer time
        ("Europe/Berlin", "2026-10-25", 2, "2026-10-25T00:00Z"),  # 02:00 twice: the first
        ("Australia/Lord_Howe", "2026-10-04", 2, "2026-10-03T15:30Z"),  # 02:00 is 02:30
        ("Australia/Lord_Howe", "2026-04-05", 1, "2026-04-04T14:00Z"),
        ("America/St_Johns", "2006-04-02", 1, "2006-04-02T03:31Z"),  # 01:01, to the minute
        ("America/Sao_Paulo", "2018-11-04", 0, "2018-11-04T03:00Z"),  # midnight is left out
        ("America/Havana", "2026-11-01", 0, "2026-11-01T04:00Z"),  # midnight twice
        ("Antarctica/Troll", "2026-03-29", 1, "2026-03-29T01:00Z"),  # two hours left out
        ("Antarctica/Troll", "2026-03-29", 2, "2026-03-29T01:00Z"),
        ("Asia/Kathmandu", "2026-11-22", 7, "2026-11-22T01:15Z"),
        ("Pacific/Auckland", "2026-09-27", 2, "2026-09-26T14:00Z"),
        ("America/St_Johns", "2026-11-22", 7, "2026-11-22T10:30Z"),
    ],
)
def test_after_a_gap_the_first_valid_minute_of_a_fold_the_first(
    name: str, day: str, hour: int, moment: str
):
    due = moment_of(dt.date.fromisoformat(day), hour, ZoneInfo(name))
    assert due == dt.datetime.fromisoformat(moment)
    assert due.tzinfo is dt.UTC


def test_a_date_that_was_left_out_gets_nothing_and_stops_nothing():
    apia = ZoneInfo("Pacific/Apia")
    start = dt.datetime(2011, 12, 28, 20, tzinfo=dt.UTC)
    dates = [date for date, _ in walk(apia, 7, "daily", start=start, days=4)]
    assert dates[:3] == [dt.date(2011, 12, 29), dt.date(2011, 12, 31), dt.date(2012, 1, 1)]
    weekdays = [date for date, _ in walk(apia, 7, "weekdays", start=start, days=6)]
    assert weekdays[:2] == [dt.date(2011, 12, 29), dt.date(2012, 1, 2)]


def test_a_saturday_that_was_left_out_makes_a_weekly_brief_wait_for_the_next():
    kwajalein = ZoneInfo("Pacific/Kwajalein")
    start = dt.datetime(1993, 8, 13, 0, tzinfo=dt.UTC)
    dates = [date for date, _ in walk(kwajalein, 7, "weekly", start=start, days=20)]
    assert dates[:2] == [dt.date(1993, 8, 14), dt.date(1993, 8, 28)]


@pytest.mark.parametrize(("frequency", "days"), [("weekdays", range(5)), ("weekly", [5])])
@pytest.mark.parametrize("name", ["Europe/Berlin", "Pacific/Kiritimati", "Pacific/Pago_Pago"])
def test_frequencies_go_by_the_weekday_of_the_subscribers_own_date(frequency, days, name):
    start = dt.datetime(2026, 1, 1, 12, tzinfo=dt.UTC)
    dates = [date for date, _ in walk(ZoneInfo(name), 6, frequency, start=start, days=DAYS)]
    first, last = dates[0], dates[-1]
    every = [first + n * DAY for n in range((last - first).days + 1)]
    assert dates == [date for date in every if date.weekday() in days]


moments = st.timedeltas(dt.timedelta(), 36 * 365 * DAY).map(
    lambda later: dt.datetime(2001, 1, 1, tzinfo=dt.UTC) + later
)


@settings(deadline=None)
@given(
    moments,
    st.sampled_from(ZONES),
    st.integers(0, 23),
    st.sampled_from(["daily", "weekdays", "weekly"]),
)
def test_it_is_later_than_now_of_a_date_not_served_and_no_earlier_one_would_do(
    after, name, hour, frequency
):
    zone = ZoneInfo(name)
    served = local_date(after, zone)
    due = next_due(after=after, zone=zone, hour=hour, frequency=frequency, served_date=served)
    unserved = next_due(after=after, zone=zone, hour=hour, frequency=frequency)

    assert local_date(due, zone) > served
    assert after < unserved <= due
    between = local_date(unserved, zone) - DAY
    if frequency == "daily" and between > served:
        assert moment_of(between, hour, zone) <= after


@settings(deadline=None)
@given(moments, st.sampled_from(ZONES), st.sampled_from(ZONES), st.integers(0, 23))
def test_the_pause_after_a_change_of_zone_is_kept_and_not_stretched(after, old, new, hour):
    not_before = after + ZONE_CHANGE_PAUSE
    due = next_due(
        after=after,
        zone=ZoneInfo(new),
        hour=hour,
        frequency="daily",
        served_date=local_date(after, ZoneInfo(old)),
        not_before=not_before,
    )
    assert due >= not_before
    assert due - not_before <= dt.timedelta(hours=50)
    assert local_date(due, ZoneInfo(new)) > local_date(after, ZoneInfo(old))


def test_the_pause_is_eighteen_hours():
    assert dt.timedelta(hours=18) == ZONE_CHANGE_PAUSE
