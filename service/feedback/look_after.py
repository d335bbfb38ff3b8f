"""The slow round: fade what was learned, slow down what is ignored, heed complaints."""

import datetime as dt
from typing import NamedTuple

from service.audience.fade import fade_learned
from service.audience.move import prune_moves
from service.db.database import Database
from service.feedback.complaint_guard import guard_complaints
from service.feedback.fatigue import sweep_fatigue

EVERY_SECONDS = 900.0


class LookedAfter(NamedTuple):
    """What a round came to."""

    lists_stopped: int
    interests_faded: int
    fatigue_steps: int


def look_after_readers(database: Database, *, now: dt.datetime) -> LookedAfter:
    """Do the whole round; safe to run anywhere at any time, any number of times."""
    with database.transaction() as session:
        stopped = guard_complaints(session, now=now)
    with database.transaction() as session:
        faded = fade_learned(session, now=now)
        prune_moves(session, now=now)
    return LookedAfter(stopped, faded, sum(sweep_fatigue(database, now=now)))
