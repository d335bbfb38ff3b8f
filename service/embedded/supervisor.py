"""Keep parts running: start them, start them again when they die, stop them in order.

Everything happens in one thread, which lives from the first part to the last: the kernel ends a
part when the *thread* that started it ends.
"""

import os
import selectors
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from service.embedded.child import Child, Part
from service.errors import PodbriefError

TICK_SECONDS = 0.05
FIRST_PAUSE_SECONDS = 0.2
LONGEST_PAUSE_SECONDS = 10.0
STEADY_AFTER_SECONDS = 30.0  # one that ran this long starts again without a pause
LIFE_SIGN_SECONDS = 15.0  # how often a part that runs is asked whether it works
SILENCES_TO_BE_STUCK = 2  # the first may be the store's, which has just come back
FAILED_STARTS = 3  # ends before it was ever ready: it will not get better by itself
OWN_NAME = "podbrief"

Say = Callable[[str, str], None]  # name of the part, one line


class PartState(StrEnum):
    """Where a part stands."""

    STARTING = "starting"
    READY = "ready"
    WAITING = "waiting"  # it ended; it starts again in a moment
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True, kw_only=True)
class PartReport:
    """How one part does."""

    name: str
    state: PartState
    pid: int | None
    restarts: int


class Supervisor:
    """Runs parts until it is stopped; `say` gets every line they write."""

    def __init__(self, say: Say) -> None:
        self._say = say
        self._children: list[Child] = []
        self._lock = threading.Lock()
        self._selector = selectors.DefaultSelector()
        self._stopping = threading.Event()
        self._hurry = threading.Event()
        self._thread = threading.Thread(target=self._run, name="supervisor", daemon=True)

    def start(self, *parts: Part) -> None:
        """Start `parts` as one group; it will stop before the groups started earlier."""
        with self._lock:
            group = max((child.group for child in self._children), default=0) + 1
            self._children.extend(Child(part, group) for part in parts)
        if parts and self._thread.ident is None:
            self._thread.start()

    def wait_until_ready(self, give_up: threading.Event, within_seconds: float = 60) -> bool:
        """Wait until every part is ready; False when `give_up` was set before.

        Raises `PodbriefError` with its last words when a part does not come up.
        """
        deadline = time.monotonic() + within_seconds
        while not give_up.is_set():
            waited_for = [child for child in self._snapshot() if not self._look_at(child)]
            if not waited_for:
                return True
            for child in waited_for:
                if child.ends_in_a_row >= FAILED_STARTS and not child.was_ready:
                    raise PodbriefError(_obituary(child, child.last_end))
            if time.monotonic() > deadline:
                message = f"was not ready within {within_seconds:.0f} s"
                raise PodbriefError(_obituary(waited_for[0], message))
            give_up.wait(TICK_SECONDS)
        return False

    def look(self) -> list[PartReport]:
        """Ask every part how it does, end those that are stuck (they start again), and report."""
        reports = []
        for child in self._snapshot():
            is_ready = self._look_at(child)
            if is_ready and self._is_stuck(child):
                self._say(OWN_NAME, f"{child.part.name} shows no sign of life: starting it again")
                child.kill_group()
            state = PartState.READY if is_ready else PartState.STARTING
            if not child.runs:
                state = PartState.STOPPED if self._stopping.is_set() else PartState.WAITING
            reports.append(
                PartReport(
                    name=child.part.name, state=state, pid=child.pid, restarts=child.restarts
                )
            )
        return reports

    def stop(self) -> None:
        """Stop all, the last group first, and wait until they have ended."""
        self._stopping.set()
        if self._thread.ident is not None:
            self._thread.join()

    def hurry(self) -> None:
        """Wait no longer for those that are stopping."""
        self._hurry.set()

    def _snapshot(self) -> list[Child]:
        with self._lock:
            return list(self._children)

    def _look_at(self, child: Child) -> bool:
        if child.runs and not child.is_ready and child.part.is_ready():
            child.is_ready = child.was_ready = child.runs
        return child.runs and child.is_ready

    def _is_stuck(self, child: Child) -> bool:
        now = time.monotonic()
        if now < max(child.looked_at, child.started_at) + LIFE_SIGN_SECONDS:
            return False
        child.looked_at = now
        child.silences = child.silences + 1 if child.part.is_stuck() else 0
        return child.silences >= SILENCES_TO_BE_STUCK

    def _run(self) -> None:
        try:
            while not self._stopping.is_set():
                self._read_output()
                for child in self._snapshot():
                    self._tend(child)
        finally:
            self._stop_groups()
            self._selector.close()

    def _tend(self, child: Child) -> None:
        now = time.monotonic()
        if child.process is None:
            if child.start_at <= now:
                descriptor = child.start(now)
                self._selector.register(descriptor, selectors.EVENT_READ, child)
        elif child.process.poll() is not None:
            child.last_end = child.how_it_ended()
            if now - child.started_at >= STEADY_AFTER_SECONDS:
                child.ends_in_a_row = 0
            pause = min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2**child.ends_in_a_row)
            child.ends_in_a_row += 1
            child.restarts += 1
            child.start_at = now + pause
            self._say(
                OWN_NAME,
                f"{child.part.name} {child.last_end}; starting it again in {pause:.1f} s "
                f"(restart {child.restarts})",
            )
            child.process = None
            child.silences = 0

    def _stop_groups(self) -> None:
        children = self._snapshot()
        for group in sorted({child.group for child in children}, reverse=True):
            self._stop_together([child for child in children if child.group == group])

    def _stop_together(self, children: list[Child]) -> None:
        asked_at = time.monotonic()
        for child in children:
            child.ask_to_stop()
        while any(child.runs for child in children):
            self._read_output()
            for child in children:
                is_over = time.monotonic() - asked_at > child.part.stop_seconds
                if child.runs and (is_over or self._hurry.is_set()):
                    self._say(OWN_NAME, f"{child.part.name} did not stop in time: killing it")
                    child.kill_group()
        self._read_output()
        for child in children:
            child.kill_group()  # what a part left behind

    def _read_output(self) -> None:
        if not self._selector.get_map():
            self._stopping.wait(TICK_SECONDS)
            return
        for key, _ in self._selector.select(TICK_SECONDS):
            child: Child = key.data
            lines = child.lines(key.fd)
            if lines is None:
                self._selector.unregister(key.fd)
                os.close(key.fd)
                continue
            for line in lines:
                if line:
                    self._say(child.part.name, line)


def _obituary(child: Child, how: str) -> str:
    words = "\n".join(f"  {line}" for line in child.last_words) or "  (it said nothing)"
    return f"{child.part.name} {how}. Its last words:\n{words}"
