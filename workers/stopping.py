"""One flag for the main process and its children: finish the message at hand, begin no more.

Celery tells its children too late; so the flag is shared memory, made before the fork, and set in
the main process's own signal handlers.
"""

import signal
from multiprocessing import Value
from types import FrameType
from typing import Any

_flag = Value("b", 0, lock=False)


def is_stopping() -> bool:
    """Whether this worker has been asked to stop."""
    return bool(_flag.value)


def watch_signals() -> None:
    """Set the flag on SIGTERM, SIGINT and SIGQUIT, then do what Celery would do."""
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT):
        _wrap(number)


def _wrap(number: signal.Signals) -> None:
    before: Any = signal.getsignal(number)

    def stop(received: int, frame: FrameType | None) -> None:
        _flag.value = 1
        if callable(before):
            before(received, frame)

    signal.signal(number, stop)
