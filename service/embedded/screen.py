"""Show what the parts say: prefixed coloured lines, and one status line on a terminal."""

import threading
from collections.abc import Sequence
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.live import Live
from rich.text import Text

from service.embedded.supervisor import OWN_NAME, PartReport, PartState

COLOURS = {
    "valkey": "magenta",
    "catcher": "cyan",
    "worker": "green",
    "beat": "yellow",
    "web": "blue",
    OWN_NAME: "bold",
}
WIDTH = max(map(len, COLOURS))
SIGNS = {
    PartState.READY: ("●", "green"),
    PartState.STARTING: ("○", "yellow"),
    PartState.WAITING: ("!", "red"),
    PartState.STOPPED: ("·", "dim"),
}


class Screen:
    """Where `podbrief up` writes."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._live = Live(console=console, auto_refresh=False, transient=True)
        self._line = Text()
        self._writing = threading.Lock()

    def __enter__(self) -> Self:
        if self._console.is_terminal:
            self._live.start()
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._live.stop()

    def say(self, name: str, line: str) -> None:
        """Print one line of a part."""
        text = Text(f"{name:<{WIDTH}} │ ", style=COLOURS.get(name, ""))
        text = Text.assemble(text, Text.from_ansi(line))
        with self._writing:
            self._console.print(text, soft_wrap=True, highlight=False)

    def show(self, reports: Sequence[PartReport], places: Sequence[str]) -> None:
        """Renew the status line; nothing happens where there is no terminal."""
        self._renew(status_line(reports, places))

    def show_no_status(self) -> None:
        """Take the status line away: it would tell old news."""
        self._renew(Text())

    def _renew(self, line: Text) -> None:
        if self._console.is_terminal and line != self._line:
            with self._writing:
                self._live.update(line, refresh=True)
        self._line = line


def status_line(reports: Sequence[PartReport], places: Sequence[str]) -> Text:
    """Return how the parts do and where to look, in one line."""
    line = Text(no_wrap=True, overflow="ellipsis")
    for report in reports:
        sign, colour = SIGNS[report.state]
        line.append(f"{sign} ", style=colour)
        line.append(report.name)
        if report.restarts:
            times = "once" if report.restarts == 1 else f"{report.restarts} times"
            line.append(f" (started again {times})", style="dim")
        line.append("   ")
    line.append("   ".join(places), style="dim")
    return line
