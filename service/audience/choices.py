"""Read what people choose: zone, hour, days, pauses. Pure; faults read `field: what`."""

import datetime as dt
import re
from collections.abc import Collection, Mapping
from functools import lru_cache
from zoneinfo import available_timezones

from service.audience.models import Frequency, QuietDay, SubscriptionStatus
from service.errors import InputError
from service.insights.checked_text import nearest_hint, shown

_HOUR = re.compile(r"(\d{1,2})(?::(\d{2}))?", re.ASCII)
_HOURS_PER_DAY = 24
_LONGEST_ZONE = 60
PICKS = (3, 5, 7)
LONGEST_PAUSE = dt.timedelta(days=365)
DAYS = 7


def read_zone(given: str, *, field: str = "timezone") -> str:
    """Return the zone's name as the IANA writes it."""
    name = _zones().get(given.strip().lower())
    if name is None or len(name) > _LONGEST_ZONE:
        hint = nearest_hint(given.strip().lower(), _zones())
        nearest = _zones()[hint.removeprefix("; did you mean ").rstrip("?")] if hint else None
        example = f"; did you mean {nearest}?" if nearest else " such as Europe/Berlin"
        raise InputError(f"{field}: {shown(given)} is not a time zone{example}")
    return name


def read_hour(given: str | int, *, field: str = "hour") -> int:
    """Return the hour of `7`, `07` or `07:00`."""
    match = _HOUR.fullmatch(str(given).strip())
    if match is None or int(match[1]) >= _HOURS_PER_DAY:
        raise InputError(f"{field}: {shown(str(given))} is not an hour from 0 to 23, or as 07:00")
    if match[2] not in (None, "00"):
        raise InputError(f"{field}: {shown(str(given))}: briefs go out on the hour, as 07:00")
    return int(match[1])


def read_frequency(given: str, *, field: str = "frequency") -> Frequency:
    return Frequency(_one_of(given, {item.value: item.value for item in Frequency}, field))


def read_status(given: str, *, field: str = "status") -> SubscriptionStatus:
    known = {item.value: item.value for item in SubscriptionStatus}
    return SubscriptionStatus(_one_of(given, known, field))


def read_days(given: Collection[str], *, field: str = "days") -> int:
    """Return chosen days as one number, of `0` for Monday to `6`."""
    if not given:
        raise InputError(f"{field}: choose at least one day, or pause instead")
    strange = [day for day in given if day not in map(str, range(DAYS))]
    if strange:
        raise InputError(f"{field}: {shown(strange[0])} is not a day from 0, Monday, to 6")
    return sum(1 << day for day in {int(day) for day in given})


def read_picks(given: str, *, field: str = "picks") -> int | None:
    """Return the number of insights of a brief; None, as many as the list sends, for nothing."""
    if not given.strip():
        return None
    if given.strip() not in map(str, PICKS):
        raise InputError(f"{field}: {shown(given)} is none of {', '.join(map(str, PICKS))}")
    return int(given)


def read_quiet_day(given: str, *, field: str = "quiet_day") -> QuietDay:
    return QuietDay(_one_of(given, {item.value: item.value for item in QuietDay}, field))


def read_pause_end(given: str, *, today: dt.date, field: str = "until") -> dt.date:
    """Return the date on which briefs come again; later than today, and within a year."""
    try:
        date = dt.date.fromisoformat(given.strip())
    except ValueError as error:
        example = today + dt.timedelta(days=14)
        raise InputError(f"{field}: {shown(given)} is not a date such as {example}") from error
    if date <= today:
        raise InputError(f"{field}: {date} is not after today: choose a later day")
    if date - today > LONGEST_PAUSE:
        raise InputError(f"{field}: {date} is more than a year away: pause for good instead")
    return date


def _one_of(given: str, known: Mapping[str, str], field: str) -> str:
    found = known.get(given.strip().lower())
    if found is None:
        raise InputError(f"{field}: {shown(given)} is none of {', '.join(known)}")
    return found


@lru_cache(maxsize=1)
def _zones() -> dict[str, str]:
    """Return every zone this machine knows, by its name in lower case."""
    return {name.lower(): name for name in available_timezones()}
