"""What one worker process sends with, and the batch it has in hand."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from service.clock import Clock
from service.db.database import Database
from service.rendering.brief import BriefRenderer
from service.rendering.values import Reader
from service.sending.breaker import Breaker
from service.sending.claim import Lease
from service.sending.journal import Journal
from service.sending.outcome import Transport
from service.sending.pace import Pace
from service.sending.prepare import RendererShelf
from service.setting_groups import TimingSettings


@dataclass(slots=True, kw_only=True)
class Sender:
    """Built after the fork, used by one loop at a time."""

    name: str
    database: Database
    transport: Transport
    shelf: RendererShelf
    clock: Clock
    lease_seconds: float
    wave_seconds: float
    timing: TimingSettings = field(default_factory=TimingSettings)
    journals: Path | None = None  # the folder of this machine's journals; None: keep none
    sync_journal: bool = False
    journal: Journal | None = None
    bounce_address: str | None = None
    should_stop: Callable[[], bool] = lambda: False
    wait: Callable[[float], None] = time.sleep
    pace: Pace = field(default_factory=Pace)
    breaker: Breaker = field(default_factory=Breaker)

    def turn_journal(self) -> None:
        """Open this process's journal, or a new one when it has become long; between batches."""
        if self.journals is None or (self.journal is not None and not self.journal.is_long()):
            return
        if self.journal is not None:
            self.journal.close()
        self.journal = Journal(self.journals, sync=self.sync_journal)


@dataclass(slots=True)
class Work:
    """A batch in progress."""

    lease: Lease
    renderer: BriefRenderer
    envelope_from: str
    readers: dict[int, Reader]
