"""What one worker process sends with, and the work it has in hand."""

import time
from bisect import bisect_right
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from service.clock import Clock
from service.db.database import Database
from service.errors import NotFoundError, PodbriefError, UnavailableError
from service.log import log
from service.rendering.message import BriefMaker, OutgoingMessage
from service.rendering.notice import NoticeRenderer
from service.rendering.values import Letter, Reader
from service.sending.breaker import Breaker
from service.sending.compose import compose, compose_notice
from service.sending.dkim import DkimSigner
from service.sending.journal import Journal, KnownWave
from service.sending.lease import Lease, NoticeLease
from service.sending.letters import LetterDesk
from service.sending.outcome import Outcome, Transport, Verdict
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
    journal_fault: str | None = None  # why there is none, when there ought to be one
    bounce_address: str | None = None
    desk: LetterDesk | None = None  # None: this process sends no notices
    dkim: DkimSigner | None = None  # None: nobody signs here, or the provider does
    should_stop: Callable[[], bool] = lambda: False
    wait: Callable[[float], None] = time.sleep
    pace: Pace = field(default_factory=Pace)
    breaker: Breaker = field(default_factory=Breaker)
    last_wave: KnownWave | None = None  # that was surely committed
    store: str = ""  # its identity, and how many connections to it were made when it was trusted
    connections_trusted: int = -1

    def turn_journal(self) -> None:
        """Open this process's journal, or a new one when it has become long; between batches.

        When none can be written, `journal_fault` says why until one can.
        """
        if self.journals is None or (self.journal is not None and not self.journal.is_long()):
            return
        self.give_journal_up()
        try:
            self.journal = Journal(self.journals, sync=self.sync_journal)
        except UnavailableError as error:
            if self.journal_fault is None:
                log.error("journal_not_written", reason=str(error))
            self.journal_fault = str(error)
        else:
            if self.journal_fault is not None:
                log.info("journal_written_again", path=str(self.journal.path))
            self.journal_fault = None

    def may_begin(self) -> bool:
        """Whether what is begun can be written down: a journal that failed must be turned."""
        if self.journal is None:
            return self.journal_fault is None
        return self.journal.fault is None

    def turn_failed_journal(self) -> None:
        """Give up a journal that could not be written to, once all that it holds is settled."""
        if self.journal is not None and self.journal.fault is not None:
            path, reason = str(self.journal.path), self.journal.fault
            log.error("journal_failed", path=path, reason=reason)
            self.give_journal_up()
            self.turn_journal()

    def has_marked(self, wave: KnownWave) -> None:
        """Remember a wave whose commit was answered, here and beyond our death."""
        self.last_wave = wave
        if self.journal is not None:
            self.journal.marked(wave)  # a disc that is full lets nothing begin either

    def begin_anew(self) -> None:
        """Forget a past the store has lost; what our journal says of it is for the recovery."""
        self.last_wave = None
        self.give_journal_up()

    def give_journal_up(self) -> None:
        """Unlock it, as death would: what stands open in it is settled from it, and by nobody else.

        For a wave that could not be brought to its end while this process lives on.
        """
        if self.journal is not None:
            self.journal.close()
            self.journal = None


@dataclass(slots=True)
class Work:
    """A batch in progress."""

    lease: Lease
    renderer: BriefMaker
    envelope_from: str
    readers: dict[int, Reader]
    left: Sequence[int] = field(init=False)  # the ids of those not tried yet, in their order

    def __post_init__(self) -> None:
        self.left = sorted(self.readers)

    def went_through(self, marked: Collection[int], outcomes: Iterable[Outcome]) -> None:
        """Go on behind the last of a wave; what it did not begin comes first again."""
        again = [o.delivery_id for o in outcomes if o.verdict is Verdict.NOT_BEGUN]
        self.left = sorted(again) + list(self.left[bisect_right(self.left, max(marked)) :])

    def compose(self, delivery_id: int, attempt: int) -> OutgoingMessage:
        """Build one brief's message; raises `PodbriefError` when it cannot be built."""
        reader = self.readers.get(delivery_id)
        if reader is None:
            raise NotFoundError("the person it was for is not there any more")
        return compose(self.renderer, reader, attempt, self.envelope_from)


@dataclass(slots=True)
class NoticeWork:
    """A wave of notices."""

    lease: NoticeLease
    renderer: NoticeRenderer
    bounce_address: str | None
    letters: Mapping[int, Letter | PodbriefError]

    def compose(self, delivery_id: int, attempt: int) -> OutgoingMessage:
        """Build one notice's message; raises `PodbriefError` when it cannot be built."""
        letter = self.letters[delivery_id]
        if isinstance(letter, PodbriefError):
            raise letter
        return compose_notice(self.renderer, letter, attempt, self.bounce_address)


AnyWork = Work | NoticeWork
