"""Deliver batches: lease one, then wave by wave mark, hand over and settle, until none is left."""

import datetime as dt
import time
from collections.abc import Sequence
from contextlib import suppress
from itertools import starmap

from sqlalchemy.orm import Session

from service.editions.control import pause
from service.errors import ConfigurationError, ConflictError, TemplateError
from service.log import log
from service.sending.beside import Beside
from service.sending.canaries import try_canaries
from service.sending.claim import give_back, lease_batch
from service.sending.commit_wave import (
    Done,
    HandedOver,
    MarkedWave,
    commit_step,
    next_step,
)
from service.sending.hand_over import hand_over, not_begun
from service.sending.lease import Lease
from service.sending.prepare import fix_template
from service.sending.read_batch import edition_of, readers_of
from service.sending.safe_mode import is_trusted
from service.sending.sender import Sender, Work

WAVES_HELD = 2  # at most, of which one is handed over


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
    """Send wave after wave: due notices, then briefs, in turn; without a batch, notices once.

    Beside each hand-over, where the sender has a thread for it, the store writes down the wave
    before and marks the next: then a worker holds two marked waves, of which one is not begun.
    """
    sender.is_halted = False
    done = commit_step(sender, next_step(sender, work, mark=_may_mark(sender)))
    has_sent = done.marked is not None
    owed: list[HandedOver] = []  # waves that are yet to be written down
    try:
        while (marked := done.marked) is not None:
            if isinstance(marked.work, Work):
                marked.work.took(marked.attempts)
            beside = _start_beside(sender, work, owed, after=marked)
            handed = _handed_over(sender, marked)
            owed = [handed] if beside is not None else [*owed, handed]
            done = beside.result() if beside is not None else Done(None)
            if done.marked is None:
                mark = done.is_trusted and _may_mark(sender)
                done = commit_step(sender, next_step(sender, work, owed, mark=mark, after=marked))
                owed = []
    finally:
        if sender.beside is not None:
            sender.beside.give_up()
    if not done.is_trusted:
        sender.begin_anew()
    if work is not None:
        with sender.database.transaction() as session:
            give_back(session, work.lease, now=sender.clock.now())
    sender.turn_failed_journal()
    return work is not None or has_sent


def _handed_over(sender: Sender, marked: MarkedWave) -> HandedOver:
    """Hand a wave over; one that waited too long for its turn begins nothing.

    Nor does one whose turn comes when the route has failed, or nobody may claim any more.
    """
    sender.has_marked(marked.wave)
    if _may_mark(sender):
        until = marked.asked_at + WAVES_HELD * sender.wave_seconds
        found = hand_over(sender, marked.work, marked.wave.id, marked.attempts, until=until)
        outcomes = list(found)
    else:
        outcomes = list(starmap(not_begun, marked.attempts.items()))
    if isinstance(marked.work, Work):
        marked.work.comes_again(outcomes)
    sender.breaker.saw(outcomes, now=time.monotonic())
    return HandedOver(marked.wave, marked.work.lease, outcomes)


def _start_beside(
    sender: Sender, work: Work | None, owed: Sequence[HandedOver], *, after: MarkedWave
) -> Beside[Done] | None:
    """Let the store settle what is owed and mark another wave meanwhile; None: not this time."""
    mark = work is not None and bool(work.among) and _may_mark(sender)
    if sender.beside is None or not (mark or owed):
        return None
    step = next_step(sender, work, owed, mark=mark, after=after, is_beside=True)
    sender.beside.start(lambda: commit_step(sender, step))
    return sender.beside


def _may_mark(sender: Sender) -> bool:
    may_go_on = sender.may_begin() and not sender.must_end()
    return may_go_on and not sender.breaker.is_open(time.monotonic())


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
