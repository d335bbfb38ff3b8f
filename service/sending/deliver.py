"""Deliver batches: lease one, then wave by wave mark, hand over and settle, until none is left."""

import datetime as dt
import time
import uuid
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from sqlalchemy.orm import Session

from service.editions.control import pause
from service.errors import ConfigurationError, ConflictError, TemplateError, UnavailableError
from service.ledger.models import Wave
from service.ledger.notice_models import Notice
from service.log import log
from service.sending.canaries import try_canaries
from service.sending.claim import (
    NewWave,
    give_back,
    lease_batch,
    mark_wave,
    marked_before,
    renew,
)
from service.sending.claim_notices import WAVE, mark_notices, notices_marked_before
from service.sending.hand_over import hand_over
from service.sending.journal import KnownWave
from service.sending.lease import AnyLease, Lease, NoticeLease
from service.sending.outcome import Outcome
from service.sending.prepare import fix_template
from service.sending.read_batch import edition_of, readers_of
from service.sending.safe_mode import is_trusted, settle_held
from service.sending.sender import AnyWork, NoticeWork, Sender, Work
from service.sending.settle import settle_wave


@dataclass(frozen=True, slots=True)
class _Marked:
    """A wave whose rows say `sending`: attempts by id, of briefs or of notices."""

    wave_id: str
    work: AnyWork
    attempts: dict[int, int]


@dataclass(frozen=True, slots=True)
class _Settled:
    """A wave that was handed over and is yet to be written down."""

    wave_id: str
    lease: AnyLease
    outcomes: Sequence[Outcome]

    def of_briefs(self, wave: KnownWave | None) -> list[tuple[Outcome, KnownWave]]:
        if wave is None or wave.id != self.wave_id or not isinstance(self.lease, Lease):
            return []
        return [(outcome, wave) for outcome in self.outcomes]


def deliver_next_batch(sender: Sender) -> bool:
    """Deliver one batch, and notices ahead of each of its waves; or notices alone.

    False when nothing is ready, when the route is closed for now, or no journal can be written.

    The marks of a wave and the settlements of the one before go in one commit. No transaction is
    open while mail is handed over.
    """
    if sender.breaker.is_open(time.monotonic()):
        return False
    if sender.journal is None:  # given up with the last batch
        sender.turn_journal()
    if not sender.may_begin():
        return False
    now = sender.clock.now()
    with sender.database.transaction() as session:
        trusted = is_trusted(session, sender, now=now)
        lease = _leased(session, sender, now=now) if trusted else None
    if not trusted:
        sender.begin_anew()
        return False
    work = None
    if lease is not None:
        work = _prepared(sender, lease)
        if work is None:
            return True
    try:
        return _deliver(sender, work)
    except Exception:  # the store is away, or our time is over: a wave may be left as marked
        sender.give_journal_up()
        raise


def _leased(session: Session, sender: Sender, *, now: dt.datetime) -> Lease | None:
    return lease_batch(
        session,
        owner=sender.name,
        transport=sender.transport.name,
        seconds=sender.lease_seconds,
        now=now,
    )


def _deliver(sender: Sender, work: Work | None) -> bool:
    """Send wave after wave: due notices, then briefs, in turn; without a batch, notices once."""
    last: _Settled | None = None
    while True:
        may_go_on = sender.may_begin() and not sender.should_stop()
        stop = not may_go_on or sender.breaker.is_open(time.monotonic())
        date = work.lease.local_date if work is not None else None
        wave = KnownWave(uuid.uuid4().hex, date, sender.clock.now(), sender.store)
        marked = _commit(sender, work, last, wave, mark=not stop)
        if marked is None or not marked.attempts:
            break
        sender.has_marked(wave)
        outcomes = list(hand_over(sender, marked.work, wave.id, marked.attempts))
        if isinstance(marked.work, Work):
            marked.work.went_through(marked.attempts, outcomes)
        last = _Settled(wave.id, marked.work.lease, outcomes)
        sender.breaker.saw(outcomes, now=time.monotonic())
    if work is not None:
        with sender.database.transaction() as session:
            give_back(session, work.lease, now=sender.clock.now())
    sender.turn_failed_journal()
    return work is not None or last is not None


def _commit(
    sender: Sender, work: Work | None, last: _Settled | None, wave: KnownWave, *, mark: bool
) -> _Marked | None:
    """Settle the last wave and mark the next in one commit, for as long as it takes.

    A commit whose answer was lost is looked up by the wave's id before anything is repeated; the
    mail itself is never repeated because of the store.
    """
    again, known = False, sender.last_wave
    while True:
        try:
            with sender.database.transaction() as session:
                if not is_trusted(session, sender, now=sender.clock.now()):
                    if last is not None:
                        settle_held(session, last.of_briefs(known), now=sender.clock.now())
                    break
                before = _marked_before(session, sender, work, wave.id) if again else None
                if before is not None:
                    return before
                return _settle_and_mark(session, sender, work, last, wave.id, mark=mark)
        except UnavailableError as error:
            log.warning("store_away", reason=str(error), wave_id=wave.id)
            if last is None:  # nothing was handed over that must be written down
                raise
            again = True
            sender.wait(sender.timing.store_wait_seconds)
    sender.begin_anew()
    return None


def _settle_and_mark(
    session: Session,
    sender: Sender,
    work: Work | None,
    last: _Settled | None,
    wave_id: str,
    *,
    mark: bool,
) -> _Marked | None:
    now = sender.clock.now()
    if last is not None:
        all_found = settle_wave(
            session,
            last.lease,
            wave_id=last.wave_id,
            outcomes=last.outcomes,
            now=now,
            steps=sender.timing.retry_steps,
        )
        if not all_found:  # perhaps safe mode holds them: the last word on them is ours
            settle_held(session, last.of_briefs(sender.last_wave), now=now)
    if not mark:
        return None
    seconds, route = sender.lease_seconds, sender.transport.name
    if work is not None and not renew(session, work.lease, seconds=seconds, transport=route):
        return None
    after_notices = last is not None and isinstance(last.lease, NoticeLease)
    if sender.desk is not None and not after_notices:  # a flood of them must not hold up the rest
        lease = NoticeLease(owner=sender.name)
        notices = mark_notices(session, lease, _new_wave(sender, wave_id, size=WAVE), now=now)
        if notices:  # the briefs come in the next wave
            return _marked_notices(session, sender, lease, wave_id, notices)
    if work is None:
        return None
    wave = _new_wave(sender, wave_id, size=sender.pace.wave_size())
    return _Marked(wave_id, work, mark_wave(session, work.lease, wave, among=work.left, now=now))


def _new_wave(sender: Sender, wave_id: str, *, size: int) -> NewWave:
    return NewWave(
        id=wave_id,
        journal=sender.journal.id if sender.journal else None,
        transport=sender.transport.name,
        size=size,
        lease_seconds=sender.timing.wave_lease_seconds,
    )


def _marked_notices(
    session: Session, sender: Sender, lease: NoticeLease, wave_id: str, notices: Sequence[Notice]
) -> _Marked | None:
    if sender.desk is None:
        return None
    letters = sender.desk.letters(session, notices)
    work = NoticeWork(lease, sender.desk.renderer, sender.bounce_address, letters)
    return _Marked(wave_id, work, {notice.id: notice.attempt for notice in notices})


def _marked_before(
    session: Session, sender: Sender, work: Work | None, wave_id: str
) -> _Marked | None:
    """Return a wave whose commit's answer was lost, or None when that commit never happened."""
    wave = session.get(Wave, wave_id)
    if wave is None:
        return None
    if work is None or wave.batch_id is None:
        lease = NoticeLease(owner=sender.name)
        notices = notices_marked_before(session, wave_id=wave_id)
        return _marked_notices(session, sender, lease, wave_id, notices)
    return _Marked(wave_id, work, marked_before(session, work.lease, wave_id=wave_id))


def _prepared(sender: Sender, lease: Lease) -> Work | None:
    """Read what a batch needs; an edition whose template is broken is paused, with the reason."""
    now = sender.clock.now()
    try:
        with sender.database.transaction() as session:
            edition = edition_of(session, lease)
            readers = readers_of(session, lease)
            insight_ids = {pick.insight_id for r in readers.values() for pick in r.picks}
            is_new = fix_template(session, edition, now=now)
            renderer = sender.shelf.renderer(session, edition, insight_ids)
            sender_address = sender.bounce_address or edition.list.from_email
            if is_new:  # nothing of this edition was sent before
                try_canaries(
                    renderer,
                    readers.values(),
                    envelope_from=sender_address,
                    template=edition.list.template,
                )
            return Work(lease, renderer, sender_address, readers)
    except (TemplateError, ConfigurationError) as error:
        log.error("edition_paused", edition_id=lease.edition_id, reason=str(error))
        with sender.database.transaction() as session:
            with suppress(ConflictError):  # another worker met it first
                pause(session, edition_id=lease.edition_id, problem=str(error))
            give_back(session, lease, now=now)
        return None
