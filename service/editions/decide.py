"""What a due subscription gets: a brief, or a skip with its reason. Pure."""

import datetime as dt
from dataclasses import dataclass

from service.editions.due import Rhythm, days_since_last, local_date, next_due
from service.ledger.state import SkipReason


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """One person's place in an edition, before anything is chosen for it."""

    local_date: dt.date
    due_at: dt.datetime
    expires_at: dt.datetime
    next_due_at: dt.datetime
    skip: SkipReason | None
    days_since: int  # days from the brief before, by their rhythm


def slot_when_due(
    *,
    due_at: dt.datetime,
    rhythm: Rhythm,
    suppressed: bool,
    lateness: dt.timedelta,
    now: dt.datetime,
) -> Slot:
    """Return the slot of somebody whose hour has come at `due_at`."""
    date = local_date(due_at, rhythm.zone)
    expires_at = due_at + lateness
    skip = None
    if suppressed:
        skip = SkipReason.SUPPRESSED
    elif now > expires_at:
        skip = SkipReason.TOO_LATE
    return Slot(
        local_date=date,
        due_at=due_at,
        expires_at=expires_at,
        next_due_at=next_due(**rhythm._asdict(), after=due_at, served_date=date),
        skip=skip,
        days_since=days_since_last(rhythm.frequency, rhythm.days, date),
    )


def slot_on_demand(
    *,
    as_of: dt.datetime,
    next_due_at: dt.datetime | None,
    rhythm: Rhythm,
    suppressed: bool,
    lateness: dt.timedelta,
    now: dt.datetime,
) -> Slot:
    """Return the slot of somebody made due at `as_of` by an admin; never late.

    A run takes the regular brief of its own date and no other: whoever is due next on another
    date stays due then.
    """
    date = local_date(as_of, rhythm.zone)
    if next_due_at is None:
        next_due_at = next_due(**rhythm._asdict(), after=now)
    if local_date(next_due_at, rhythm.zone) == date:
        next_due_at = next_due(**rhythm._asdict(), after=max(next_due_at, now), served_date=date)
    return Slot(
        local_date=date,
        due_at=as_of,
        expires_at=max(as_of, now) + lateness,
        next_due_at=next_due_at,
        skip=SkipReason.SUPPRESSED if suppressed else None,
        days_since=days_since_last(rhythm.frequency, rhythm.days, date),
    )
