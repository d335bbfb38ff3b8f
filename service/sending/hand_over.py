"""Hand a marked wave over: compose, journal each begin and each reply, one outcome a brief."""

import time
from collections.abc import Iterator, Sequence

from service.errors import NotFoundError, PodbriefError, UnavailableError
from service.log import log
from service.rendering.message import OutgoingMessage
from service.sending.claim import renew_wave
from service.sending.compose import compose, render_failure
from service.sending.journal import AttemptId
from service.sending.outcome import Outcome, Verdict
from service.sending.sender import Sender, Work

KIND = "brief"


def hand_over(
    sender: Sender, work: Work, wave_id: str, marked: dict[int, int]
) -> Iterator[Outcome]:
    """Yield exactly one outcome for each brief that was marked, with its attempt number.

    A message begins only within the wave's seconds, while nobody asked us to stop, and once its
    line stands in the journal.
    """
    started = time.monotonic()
    messages: list[OutgoingMessage] = []
    for brief_id, attempt in marked.items():
        try:
            messages.append(_composed(work, brief_id, attempt))
        except PodbriefError as error:  # this one row: the rest of the wave goes out
            log.warning("render_failed", brief_id=brief_id, reason=str(error))
            yield render_failure(brief_id, attempt, error)
    renewed = time.monotonic()
    begin_until = renewed + sender.wave_seconds

    def may_begin(beginning: Sequence[OutgoingMessage]) -> bool:
        if time.monotonic() >= begin_until or sender.should_stop():
            return False
        return sender.journal is None or sender.journal.begin([_id(m) for m in beginning])

    owed = {message.delivery_id: message.attempt for message in messages}
    for outcome in sender.transport.hand_over(messages, before_content=may_begin):
        owed.pop(outcome.delivery_id, None)
        _note(sender, outcome)
        yield outcome
        if time.monotonic() - renewed > sender.timing.renew_seconds:
            renewed = time.monotonic()
            _renew(sender, work, wave_id)
    for brief_id, attempt in owed.items():  # the transport owes us these: assume the worst
        yield Outcome(delivery_id=brief_id, attempt=attempt, verdict=Verdict.IN_DOUBT, stage="lost")
    sender.pace.took(len(messages), time.monotonic() - started)


def _composed(work: Work, brief_id: int, attempt: int) -> OutgoingMessage:
    reader = work.readers.get(brief_id)
    if reader is None:
        raise NotFoundError("the person it was for is not there any more")
    return compose(work.renderer, reader, attempt, work.envelope_from)


def _note(sender: Sender, outcome: Outcome) -> None:
    """Write the answer down at once; a journal that is full costs certainty, not the answer."""
    if sender.journal is None or outcome.verdict is Verdict.NOT_BEGUN:
        return
    attempt = AttemptId(KIND, outcome.delivery_id, outcome.attempt)
    if not sender.journal.replied(attempt, outcome):
        log.warning("journal_full", brief_id=outcome.delivery_id)


def _renew(sender: Sender, work: Work, wave_id: str) -> None:
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


def _id(message: OutgoingMessage) -> AttemptId:
    return AttemptId(KIND, message.delivery_id, message.attempt)
