"""What writing a page of briefs came to."""

from collections import Counter
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Frozen:
    """How many rows a page came to."""

    planned: int = 0
    skipped: int = 0
    moved_on: int = 0  # had their row for that date already
    shown: Counter[int] = field(default_factory=Counter)  # briefs each insight is in

    def __add__(self, other: "Frozen") -> "Frozen":
        return Frozen(
            planned=self.planned + other.planned,
            skipped=self.skipped + other.skipped,
            moved_on=self.moved_on + other.moved_on,
            shown=self.shown + other.shown,
        )
