"""What was done to a site and is to be undone: when, and how."""

import signal
import time
from collections.abc import Callable
from dataclasses import dataclass

from tests.chaos.processes import Seen


@dataclass(frozen=True, slots=True)
class Pending:
    """Something that was done and is to be undone."""

    what: str
    is_time: Callable[[], bool]
    undo: Callable[[], None]
    victim: Seen | None = None  # a process that is not to be touched meanwhile


def after(seconds: float) -> Callable[[], bool]:
    moment = time.monotonic() + seconds
    return lambda: time.monotonic() >= moment


def until_awake(child: Seen, what: str, is_time: Callable[[], bool]) -> Pending:
    """Wake a process that was stopped."""

    def wake() -> None:
        child.signal(signal.SIGCONT)

    return Pending(what, is_time, wake, child)
