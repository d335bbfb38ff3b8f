"""When a subscription is due next: local hour, zone and frequency to one moment in UTC.

Pure, and the only place where zones are computed. The rule for days on which clocks change: an
hour that does not exist moves to the first valid minute after the gap; of an hour that happens
twice the first counts.
"""

import datetime as dt
from typing import NamedTuple
from zoneinfo import ZoneInfo

from service.audience.models import EVERY_DAY, Frequency

SATURDAY = 5  # a quiet morning, for a weekly brief without a day of its own; Monday is 0
_LONGEST_SEARCH_DAYS = 16
_WEEK_DAYS = 7
ZONE_CHANGE_PAUSE = dt.timedelta(hours=18)


class Rhythm(NamedTuple):
    """When somebody wants their briefs, on their own clock and calendar."""

    zone: ZoneInfo
    hour: int
    frequency: str  # a Frequency
    days: int = EVERY_DAY  # Monday is the lowest bit


def next_due(
    *,
    after: dt.datetime,
    zone: ZoneInfo,
    hour: int,
    frequency: str,
    days: int = EVERY_DAY,
    served_date: dt.date | None = None,
    not_before: dt.datetime | None = None,
) -> dt.datetime:
    """Return the first moment later than `after` at which a brief is due.

    Its local date is later than `served_date`, the last one that was planned, and it is not before
    `not_before`: a change of zone must not open a second brief within 18 hours.
    """
    day = after.astimezone(zone).date() - dt.timedelta(days=1)
    if served_date is not None and served_date >= day:
        day = served_date + dt.timedelta(days=1)
    for _ in range(_LONGEST_SEARCH_DAYS):
        if is_a_day_of(frequency, days, day):
            moment = moment_of(day, hour, zone)
            late_enough = not_before is None or moment >= not_before
            if moment > after and late_enough and moment.astimezone(zone).date() == day:
                return moment
        day += dt.timedelta(days=1)
    message = f"no due moment within {_LONGEST_SEARCH_DAYS} days of {after} in {zone.key}"
    raise AssertionError(message)


def moment_of(day: dt.date, hour: int, zone: ZoneInfo) -> dt.datetime:
    """Return the moment of a local hour, in UTC; after a gap, the first valid minute."""
    wall = dt.datetime.combine(day, dt.time(hour))
    moment = wall.replace(tzinfo=zone).astimezone(dt.UTC)
    if moment.astimezone(zone).replace(tzinfo=None) == wall:
        return moment
    before = wall.replace(tzinfo=zone, fold=1).astimezone(dt.UTC)  # on the near side of the gap
    return _first_after_gap(before, moment, zone)


def local_date(moment: dt.datetime, zone: ZoneInfo) -> dt.date:
    """Return the date on the subscriber's calendar at `moment`."""
    return moment.astimezone(zone).date()


def _first_after_gap(low: dt.datetime, high: dt.datetime, zone: ZoneInfo) -> dt.datetime:
    """Find the minute at which the zone's offset changes, between two moments around it."""
    offset = high.astimezone(zone).utcoffset()
    while high - low > dt.timedelta(minutes=1):
        middle = low + (high - low) // 2
        middle = middle.replace(second=0, microsecond=0)
        if middle.astimezone(zone).utcoffset() == offset:
            high = middle
        else:
            low = middle
    return high


def is_a_day_of(frequency: str, days: int, day: dt.date) -> bool:
    """Whether somebody of this rhythm has a brief on `day`."""
    if frequency == Frequency.WEEKDAYS:
        return day.weekday() < SATURDAY
    if frequency == Frequency.WEEKLY:
        return day.weekday() == weekly_day(days)
    if frequency == Frequency.DAYS and days & EVERY_DAY:  # no day at all would mean a pause
        return bool(days >> day.weekday() & 1)
    return True


def days_since_last(frequency: str, days: int, date: dt.date) -> int:
    """Return how many days before `date` somebody of this rhythm had a brief, at most seven."""
    week = range(1, _WEEK_DAYS)
    return next(
        (back for back in week if is_a_day_of(frequency, days, date - dt.timedelta(days=back))),
        _WEEK_DAYS,
    )


def weekly_day(days: int) -> int:
    """Return the day of a weekly brief: the one chosen, Saturday when none or several are."""
    chosen = days & EVERY_DAY
    return chosen.bit_length() - 1 if chosen.bit_count() == 1 else SATURDAY


def frequency_with_days(frequency: str, days: int) -> str:
    """Return a frequency as a brief keeps it: with its days where those say more, `days:21`."""
    if frequency == Frequency.DAYS and days & EVERY_DAY:
        return f"{frequency}:{days & EVERY_DAY}"
    if frequency == Frequency.WEEKLY and weekly_day(days) != SATURDAY:
        return f"{frequency}:{days & EVERY_DAY}"
    return frequency
