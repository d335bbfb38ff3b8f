"""Let what was learned fade: interests of those who have not acted lately lose weight by the week.

An act makes the sums of its topics anew (`service.audience.interests`); this keeps the others in
step, in one statement for all whose sum is equally old.
"""

import datetime as dt
from typing import Any

from sqlalchemy import ColumnElement, case, delete, select, update
from sqlalchemy.orm import Session

from service.audience.lesson_models import Lesson
from service.audience.models import Interest
from service.audience.taste import MOST_ASKED_FOR, MOST_INFERRED, NEVER, decay

EVERY = dt.timedelta(days=7)
KEPT_FOR = dt.timedelta(days=730)  # a lesson is worth less than half a percent by then


def fade_learned(session: Session, *, now: dt.datetime) -> int:
    """Bring sums a week old or older to today, and drop lessons of two years ago.

    Returns how many interests were touched. Safe to run at any time, any number of times.
    """
    today = now.date()
    session.execute(
        update(Interest)
        .where(Interest.learned != 0, Interest.learned_on.is_(None))
        .values(learned_on=today)
        .execution_options(synchronize_session=False)
    )
    days = session.scalars(
        select(Interest.learned_on)
        .where(Interest.learned != 0, Interest.learned_on <= today - EVERY)
        .distinct()
    ).all()
    faded = 0
    for day in days:
        if day is None:
            continue
        learned = Interest.learned * decay(today - day)
        done = session.execute(
            update(Interest)
            .where(Interest.learned_on == day, Interest.learned != 0)
            .values(learned=learned, weight=_weight(learned), learned_on=today)
            .execution_options(synchronize_session=False)
        )
        faded += int(done.rowcount)  # type: ignore[attr-defined]  # an UPDATE counts its rows
    session.execute(
        delete(Lesson)
        .where(Lesson.learned_at < now - KEPT_FOR)
        .execution_options(synchronize_session=False)
    )
    return faded


def _weight(learned: ColumnElement[float]) -> ColumnElement[float]:
    """Return `taste.weight_of` as an expression of the store; a test compares the two."""
    return case(
        (Interest.stated.is_(None), _within(learned, MOST_INFERRED)),
        (Interest.stated <= NEVER, 0.0),
        else_=_within(Interest.stated + learned, MOST_ASKED_FOR),
    )


def _within(value: ColumnElement[Any], most: float) -> ColumnElement[float]:
    return case((value < 0, 0.0), (value > most, most), else_=value)
