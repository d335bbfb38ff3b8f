"""The store's part: settle what was handed over and mark what goes next, in one commit."""

import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from service.errors import UnavailableError
from service.ledger.models import Wave
from service.ledger.notice_models import Notice
from service.log import log
from service.sending.claim import NewWave, mark_wave, marked_before, renew
from service.sending.claim_notices import WAVE, mark_notices, notices_marked_before
from service.sending.journal import KnownWave
from service.sending.lease import AnyLease, Lease, NoticeLease
from service.sending.outcome import Outcome
from service.sending.safe_mode import is_trusted, settle_held
from service.sending.sender import AnyWork, NoticeWork, Sender, Work
from service.sending.settle import settle_wave


@dataclass(frozen=True, slots=True)
class MarkedWave:
    """A wave whose rows say `sending`: attempts by id, of briefs or of notices."""

    wave: KnownWave
    work: AnyWork
    attempts: dict[int, int]
    asked_at: float  # monotonic; its lease began later


@dataclass(frozen=True, slots=True)
class HandedOver:
    """A wave that was handed over and is yet to be written down."""

    wave: KnownWave
    lease: AnyLease
    outcomes: Sequence[Outcome]

    def of_briefs(self) -> list[tuple[Outcome, KnownWave]]:
        if not isinstance(self.lease, Lease):
            return []
        return [(outcome, self.wave) for outcome in self.outcomes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What one commit is to do."""

    work: Work | None
    settle: Sequence[HandedOver]
    mark: bool
    among: Sequence[int]  # the briefs of the batch that nobody has tried yet
    takes_notices: bool  # a flood of them must not hold up the rest
    wave: KnownWave  # the next one, when anything is found for it
    asked_at: float  # monotonic
    is_beside: bool  # a wave is handed over meanwhile, so the store is waited for


@dataclass(frozen=True, slots=True)
class Done:
    """What a commit has done."""

    marked: MarkedWave | None
    is_trusted: bool = True  # False: the store is an older copy of the one we know


def next_step(
    sender: Sender,
    work: Work | None,
    settle: Sequence[HandedOver] = (),
    *,
    mark: bool,
    after: MarkedWave | None = None,
    is_beside: bool = False,
) -> Step:
    """Return what the next commit is to do, as things stand in the loop; `after` is handed over."""
    date = work.lease.local_date if work is not None else None
    return Step(
        work=work,
        settle=settle,
        mark=mark,
        among=work.among if work is not None else (),
        takes_notices=after is None or not isinstance(after.work, NoticeWork),
        wave=KnownWave(uuid.uuid4().hex, date, sender.clock.now(), sender.store),
        asked_at=time.monotonic(),
        is_beside=is_beside,
    )


def commit_step(sender: Sender, step: Step) -> Done:
    """Settle and mark in one commit, for as long as it takes.

    A commit whose answer was lost is looked up by the wave's id before anything is repeated; the
    mail itself is never repeated because of the store.
    """
    again = False
    while True:
        try:
            with sender.database.transaction() as session:
                if not is_trusted(session, sender, now=sender.clock.now()):
                    held = [pair for handed in step.settle for pair in handed.of_briefs()]
                    if held:
                        settle_held(session, held, now=sender.clock.now())
                    sender.is_halted = True
                    return Done(None, is_trusted=False)
                if again and session.get(Wave, step.wave.id) is not None:
                    return Done(_marked_before(session, sender, step))
                return Done(settle_and_mark(session, sender, step))
        except UnavailableError as error:
            log.warning("store_away", reason=str(error), wave_id=step.wave.id)
            if not step.settle and not step.is_beside:  # nothing that must be written down
                raise
            if sender.beside is not None and sender.beside.is_given_up:
                raise
            again = True
            sender.wait(sender.timing.store_wait_seconds)


def settle_and_mark(session: Session, sender: Sender, step: Step) -> MarkedWave | None:
    """Do a step in the caller's transaction; return the wave that was marked, if any was."""
    now, work = sender.clock.now(), step.work
    for handed in step.settle:
        all_found = settle_wave(
            session,
            handed.lease,
            wave_id=handed.wave.id,
            outcomes=handed.outcomes,
            now=now,
            steps=sender.timing.retry_steps,
        )
        if not all_found:  # perhaps safe mode holds them: the last word on them is ours
            settle_held(session, handed.of_briefs(), now=now)
    if not step.mark:
        return None
    seconds, route = sender.lease_seconds, sender.transport.name
    if work is not None and not renew(session, work.lease, seconds=seconds, transport=route):
        sender.is_halted = True  # the batch, its edition or the route: what is held ends, too
        return None
    if sender.desk is not None and step.takes_notices:
        few = _new_wave(sender, step.wave.id, size=WAVE)
        notices = mark_notices(session, NoticeLease(owner=sender.name), few, now=now)
        if notices:  # the briefs come in the next wave
            return _marked_notices(session, sender, step, notices)
    if work is None:
        return None
    wave = _new_wave(sender, step.wave.id, size=sender.pace.wave_size())
    return _marked(step, work, mark_wave(session, work.lease, wave, among=step.among, now=now))


def _new_wave(sender: Sender, wave_id: str, *, size: int) -> NewWave:
    return NewWave(
        id=wave_id,
        journal=sender.journal.id if sender.journal else None,
        transport=sender.transport.name,
        size=size,
        lease_seconds=sender.timing.wave_lease_seconds,
    )


def _marked(step: Step, work: AnyWork, attempts: dict[int, int]) -> MarkedWave | None:
    return MarkedWave(step.wave, work, attempts, step.asked_at) if attempts else None


def _marked_notices(
    session: Session, sender: Sender, step: Step, notices: Sequence[Notice]
) -> MarkedWave | None:
    if sender.desk is None or not notices:
        return None
    letters = sender.desk.letters(session, notices)
    lease = NoticeLease(owner=sender.name)
    work = NoticeWork(lease, sender.desk.renderer, sender.bounce_address, letters)
    return _marked(step, work, {notice.id: notice.attempt for notice in notices})


def _marked_before(session: Session, sender: Sender, step: Step) -> MarkedWave | None:
    """Return a wave whose commit's answer was lost."""
    if step.work is not None:
        attempts = marked_before(session, step.work.lease, wave_id=step.wave.id)
        if attempts:
            return _marked(step, step.work, attempts)
    notices = notices_marked_before(session, wave_id=step.wave.id)
    return _marked_notices(session, sender, step, notices)
