"""When a deferred hand-over is tried again. Pure."""

import datetime as dt
from collections.abc import Sequence

JITTER = 0.2  # of the step, to both sides, so that a thousand deferred briefs do not return at once


def next_try(
    *,
    attempt: int,
    now: dt.datetime,
    chance: float,
    steps: Sequence[float],
    hint_seconds: float | None = None,
) -> dt.datetime:
    """Return the moment of the next try after `attempt` tries (from 1).

    `steps` are seconds; the last one repeats. `chance` is uniform in 0 to 1. A hint of the other
    side (Retry-After) is never undercut.
    """
    step = steps[min(max(attempt, 1), len(steps)) - 1]
    seconds = step * (1 + JITTER * (2 * chance - 1))
    return now + dt.timedelta(seconds=max(seconds, hint_seconds or 0))
