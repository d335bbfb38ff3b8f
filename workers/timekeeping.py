"""A worker whose clock is wrong does nothing: it would send too early, or end what is in time.

Leases do not need this, they use the store's clock; but who is due, and whose time is over, is
asked of ours.
"""

from service.db.time import seconds_ahead
from service.log import log
from workers.context import WorkerContext


def is_on_time(here: WorkerContext) -> bool:
    """Whether our clock is the store's, more or less; when it is not, our sign of life says so."""
    with here.database.reading() as session:
        ahead = seconds_ahead(session, here.clock.wall)
    limit = here.settings.worker.clock_seconds
    fault = None
    if abs(ahead) > limit:
        how = "ahead of" if ahead > 0 else "behind"
        fault = f"this clock is {abs(ahead):.0f} s {how} the store's, {limit:.0f} s are allowed"
        if here.drain.clock_fault is None:
            log.error("clock_wrong", seconds_ahead=round(ahead, 1))
    else:
        here.clock.set()
    here.drain.clock_fault = fault
    here.drain.sign_of_life()
    return fault is None
