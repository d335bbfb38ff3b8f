"""A thread in every pool child that looks for work itself, so that the broker may be away.

It plans only when beat has been silent for a while, sweeps when nobody else has, drains always.
"""

import threading
import time

from service.editions.plan import plan_due
from service.errors import PodbriefError
from service.ledger.heartbeats import age_seconds, end
from service.log import log
from workers.context import WorkerContext, context
from workers.stopping import is_stopping
from workers.sweeping import sweep_in_turn
from workers.timekeeping import is_on_time
from workers.understanding import understand_in_turn

STOP_WITHIN_SECONDS = 20.0


class Poller:
    """Starts after the fork; stops when the child does."""

    def __init__(self) -> None:
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        self._stop.clear()
        self._thread = threading.Thread(target=self._run, name="poller", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Wait until the loop has ended; the process exits without mercy afterwards."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(STOP_WITHIN_SECONDS)

    def _run(self) -> None:
        started = time.monotonic()
        while not self._stop.is_set() and not is_stopping():
            pause = 1.0
            try:
                here = context()
                pause = here.settings.worker.poll_seconds
                look_for_work(here, running_for=time.monotonic() - started)
            except PodbriefError as error:
                log.warning("poll_failed", reason=str(error))
            except Exception:  # noqa: BLE001 - it must outlive any fault, or work stops unseen
                log.exception("poll_crashed")
            self._stop.wait(pause)
        self._say_goodbye()

    def _say_goodbye(self) -> None:
        try:
            here = context()
            with here.database.transaction() as session:
                end(session, name=here.drain.sender.name)
            here.drain.sender.transport.close()
            if here.drain.sender.journal is not None:
                here.drain.sender.journal.close()
        except PodbriefError as error:
            log.info("goodbye_unsaid", reason=str(error))


def look_for_work(here: WorkerContext, *, running_for: float) -> None:
    """Do one round: plan when beat is silent, sweep when it is time, then drain."""
    if not is_on_time(here):
        return
    silence = here.settings.worker.plan_silence_seconds
    with here.database.reading() as session:
        age = age_seconds(session, "beat")
    beat_is_silent = running_for > silence if age is None else age > silence
    if beat_is_silent:
        plan_due(here.database, now=here.clock.now())
    sweep_in_turn(here)
    here.drain.run()
    understand_in_turn(here)
