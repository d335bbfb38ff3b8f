"""Hand a marked wave over: compose, journal each begin and each reply, one outcome a row."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from service.errors import PodbriefError, UnavailableError
from service.log import log
from service.rendering.message import OutgoingMessage
from service.sending.claim import renew_wave
from service.sending.compose import render_failure, signed
from service.sending.journal import AttemptId, Journal
from service.sending.lease import Lease
from service.sending.outcome import Outcome, Verdict
from service.sending.sender import AnyWork, Sender


def hand_over(
    sender: Sender, work: AnyWork, wave_id: str, marked: dict[int, int]
) -> Iterator[Outcome]:
    """Yield exactly one outcome for each row that was marked, with its attempt number.

    A message begins only within the wave's seconds, while nobody asked us to stop, and once its
    line stands in the journal.
    """
    started = time.monotonic()
    messages, outcomes = _composed(sender, work, marked)
    yield from outcomes
    renewed = time.monotonic()
    begin_until = renewed + sender.wave_seconds
    diary = _Diary(sender.journal, work.lease.kind)

    def may_begin(beginning: Sequence[OutgoingMessage], known: Sequence[Outcome]) -> bool:
        if time.monotonic() >= begin_until or sender.should_stop():
            return False
        return diary.begins(beginning, known)

    begun = 0
    owed = {message.delivery_id: message.attempt for message in messages}
    for outcome in sender.transport.hand_over(messages, before_content=may_begin):
        owed.pop(outcome.delivery_id, None)
        begun += outcome.verdict is not Verdict.NOT_BEGUN
        diary.answered(outcome)
        yield outcome
        if time.monotonic() - renewed > sender.timing.renew_seconds:
            renewed = time.monotonic()
            _renew(sender, work, wave_id)
    for delivery_id, attempt in owed.items():  # the transport owes us these: assume the worst
        yield Outcome(
            delivery_id=delivery_id, attempt=attempt, verdict=Verdict.IN_DOUBT, stage="transport"
        )
    if isinstance(work.lease, Lease):  # a handful of notices tells nothing of the rate
        sender.pace.took(begun, time.monotonic() - started)


def _composed(
    sender: Sender, work: AnyWork, marked: dict[int, int]
) -> tuple[list[OutgoingMessage], list[Outcome]]:
    """Return the messages, and what became of those that could not be built."""
    messages, failed = [], []
    for delivery_id, attempt in marked.items():
        try:
            messages.append(signed(work.compose(delivery_id, attempt), sender.dkim))
        except PodbriefError as error:  # this one row: the rest of the wave goes out
            kind = work.lease.kind
            log.warning("render_failed", kind=kind, delivery_id=delivery_id, reason=str(error))
            failed.append(render_failure(delivery_id, attempt, error))
    return messages, failed


@dataclass(slots=True)
class _Diary:
    """What of a wave stands in the journal, if one is kept."""

    journal: Journal | None
    kind: str
    ahead: int = 0  # how many of the outcomes to come were written down already

    def begins(self, beginning: Sequence[OutgoingMessage], known: Sequence[Outcome]) -> bool:
        """Write that these are about to begin, and ahead of it what was answered meanwhile."""
        if self.journal is None:
            return True
        kind = self.kind
        is_written = self.journal.begin(
            [(kind, message.delivery_id, message.attempt) for message in beginning],
            after=[outcome for outcome in known if outcome.verdict is not Verdict.NOT_BEGUN],
        )
        if is_written:
            self.ahead += len(known)
        return is_written

    def answered(self, outcome: Outcome) -> None:
        """Write the answer down at once; a journal that is full costs certainty, not the answer."""
        if self.ahead:
            self.ahead -= 1
            return
        if self.journal is None or outcome.verdict is Verdict.NOT_BEGUN:
            return
        attempt = AttemptId(self.kind, outcome.delivery_id, outcome.attempt)
        if not self.journal.replied(attempt, outcome):
            log.warning("journal_full", kind=self.kind, delivery_id=outcome.delivery_id)


def _renew(sender: Sender, work: AnyWork, wave_id: str) -> None:
    try:
        with sender.database.transaction() as session:
            renew_wave(
                session,
                work.lease,
                wave_id=wave_id,
                wave_seconds=sender.timing.wave_lease_seconds,
                batch_seconds=sender.lease_seconds,
            )
    except UnavailableError as error:
        log.warning("lease_not_renewed", wave_id=wave_id, reason=str(error))
