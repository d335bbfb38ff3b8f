"""A thread beside the loop: the store writes down one wave while another is handed over.

The loop would else wait for the store a sixth of its time. There is one deed at a time, and the
loop takes its result before it starts the next: what is settled and marked keeps its order.
"""

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Generic, TypeVar

T = TypeVar("T")


class Beside(Generic[T]):
    """Does one deed at a time in a thread of its own, made when it is first needed."""

    def __init__(self) -> None:
        self._thread: ThreadPoolExecutor | None = None
        self._running: Future[T] | None = None
        self._given_up = threading.Event()

    @property
    def is_given_up(self) -> bool:
        """Whether nobody waits for the deed any more: it is not to be tried again."""
        return self._given_up.is_set()

    def start(self, deed: Callable[[], T]) -> None:
        """Begin a deed; the one before must have ended."""
        if self._thread is None:
            self._thread = ThreadPoolExecutor(1, thread_name_prefix="beside")
        self._running = self._thread.submit(deed)

    def result(self) -> T:
        """Wait for the deed that was begun, and return or raise what came of it."""
        if self._running is None:
            message = "no deed was begun"
            raise RuntimeError(message)
        running, self._running = self._running, None
        return running.result()

    def give_up(self) -> None:
        """Let the deed that was begun come to its end, whatever that is."""
        if self._running is None:
            return
        self._given_up.set()
        self._running.exception()
        self._running = None
        self._given_up.clear()
