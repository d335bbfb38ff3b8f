"""Stop trying a route that fails for everybody, and try it again after a while. Pure.

What fails at the route (no connection, no TLS, sign-in refused) is nobody's bounce; without a
pause it would burn every brief's attempts against a server that is down.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from service.log import log
from service.sending.outcome import Blame, Outcome, Verdict

DOUBLINGS = 20  # enough for any longest pause, few enough for a float


@dataclass(slots=True)
class Breaker:
    """One process's judgement of its route; times are monotonic, in seconds."""

    first_pause: float = 5.0
    longest_pause: float = 120.0
    failures: int = 0
    open_until: float = 0.0

    def is_open(self, now: float) -> bool:
        return now < self.open_until

    def saw(self, outcomes: Sequence[Outcome], *, now: float) -> None:
        """Learn from a wave: open when the route failed and nothing got through."""
        faults = [outcome for outcome in outcomes if outcome.blame is Blame.ROUTE]
        if any(outcome.verdict is Verdict.ACCEPTED for outcome in outcomes):
            self.failures = 0
        elif faults:
            self.failures += 1
            pause = self.first_pause * 2.0 ** min(self.failures - 1, DOUBLINGS)
            self.open_until = now + min(self.longest_pause, pause)
            log.warning("route_down", failures=self.failures, reply=faults[0].reply)
