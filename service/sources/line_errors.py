"""What an import says at its end: how many went in, and what was wrong with which line. Pure."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from service.insights.values import StoreTally

MOST_KEPT = 1000  # errors; every one is told when it is met, these are for the summary


@dataclass(frozen=True, slots=True)
class LineError:
    """One line that did not go in."""

    file: str
    line: int
    reason: str  # `field: what is wrong`

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.reason}"


@dataclass(slots=True)
class ImportReport:
    """What became of the lines of a file."""

    added: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: int = 0
    notes: Counter[str] = field(default_factory=Counter)  # what is no fault but worth knowing
    errors: list[LineError] = field(default_factory=list)
    refused: bool = False  # the whole file, for its bad lines: nothing was written

    def add(self, tally: StoreTally) -> None:
        self.added += tally.added
        self.updated += tally.updated
        self.unchanged += tally.unchanged
        self.notes.update(tally.notes)

    def reject(self, error: LineError) -> None:
        self.rejected += 1
        if len(self.errors) < MOST_KEPT:
            self.errors.append(error)

    def sentence(self) -> str:
        """Return the summary: `added 300, updated 0, unchanged 12, rejected 2`."""
        counts = (
            f"added {self.added:,}, updated {self.updated:,}, "
            f"unchanged {self.unchanged:,}, rejected {self.rejected:,}"
        )
        notes = "".join(f"; {note}: {count:,}" for note, count in self.notes.items() if count)
        return counts + notes

    def as_json(self) -> dict[str, Any]:
        found: dict[str, Any] = {
            "added": self.added,
            "updated": self.updated,
            "unchanged": self.unchanged,
            "rejected": self.rejected,
            "errors": [
                {"file": error.file, "line": error.line, "reason": error.reason}
                for error in self.errors
            ],
        }
        if self.notes:
            found["notes"] = {note: count for note, count in self.notes.items() if count}
        return found
