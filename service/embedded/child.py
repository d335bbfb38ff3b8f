"""One supervised process: start it, read what it says, signal it, know when it ended."""

import os
import signal
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from service.embedded import tether

LAST_WORDS = 12  # lines kept to explain why a part ended
CHUNK = 65_536


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What is to run: a command, how to see that it is ready, and how long it may take to stop."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)  # on top of our own
    folder: Path | None = None  # where it runs; None: where we run
    is_ready: Callable[[], bool] = lambda: True
    is_stuck: Callable[[], bool] = lambda: False  # alive, and yet does nothing
    stop_seconds: float = 10  # after that it is killed
    orphan_signal: signal.Signals = signal.SIGKILL  # what it gets when we are killed


class Child:
    """A part that runs, or will run again."""

    def __init__(self, part: Part, group: int) -> None:
        self.part = part
        self.group = group  # groups stop in the reverse of their order
        self.process: subprocess.Popen[bytes] | None = None
        self.is_ready = False
        self.was_ready = False  # ever
        self.started_at = 0.0
        self.start_at = 0.0  # when it is to be started, while it does not run
        self.looked_at = 0.0  # when it was last asked whether it works
        self.silences = 0  # in a row
        self.last_end = "did not start"
        self.ends_in_a_row = 0
        self.restarts = 0
        self.last_words: deque[str] = deque(maxlen=LAST_WORDS)
        self._unfinished_line = b""

    def start(self, now: float) -> int:
        """Start the process in a session of its own; returns the descriptor of its output."""
        command = (
            sys.executable,
            "-I",
            "-S",
            tether.__file__,
            str(os.getpid()),
            str(int(self.part.orphan_signal)),
            *self.part.command,
        )
        reading_end, writing_end = os.pipe()
        # A session of its own: Ctrl-C in the terminal reaches us alone, and we stop all in order.
        # It holds the reading end, too, so that what it says after our death breaks no pipe: a
        # worker would trip over that and never end.
        self.process = subprocess.Popen(  # noqa: S603 - our own commands
            command,
            stdin=subprocess.DEVNULL,
            stdout=writing_end,
            stderr=subprocess.STDOUT,
            env={**os.environ, **self.part.environment},
            cwd=self.part.folder,
            start_new_session=True,
            pass_fds=(reading_end,),
        )
        os.close(writing_end)
        os.set_blocking(reading_end, False)
        self.started_at = now
        self.is_ready = False
        return reading_end

    def lines(self, descriptor: int) -> list[str] | None:
        """Return the whole lines that came; None when nobody can write to it any more."""
        try:
            data = os.read(descriptor, CHUNK)
        except BlockingIOError:
            return []
        if not data and not self._unfinished_line:
            return None
        *whole, self._unfinished_line = (self._unfinished_line + (data or b"\n")).split(b"\n")
        lines = [line.decode("utf-8", "replace").rstrip() for line in whole]
        self.last_words.extend(line for line in lines if line)
        return lines

    @property
    def runs(self) -> bool:
        return self.pid is not None

    @property
    def pid(self) -> int | None:
        """The process, while it runs."""
        process = self.process  # the supervisor's thread may replace it meanwhile
        return process.pid if process is not None and process.poll() is None else None

    def how_it_ended(self) -> str:
        """Say how the process ended, in words; only once it has."""
        code = self.process.returncode if self.process is not None else 0
        if code < 0:
            return f"was ended by {signal.Signals(-code).name}"
        return f"ended with exit code {code}"

    def ask_to_stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)

    def kill_group(self) -> None:
        """End the process and all it started; nothing happens when none of them is left."""
        if self.process is not None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)
