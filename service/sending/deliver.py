"""Deliver batches: lease one, then wave by wave mark, hand over and settle, until none is left."""

import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from service.editions.control import pause
from service.errors import ConfigurationError, TemplateError, UnavailableError
from service.log import log
from service.sending.claim import (
    Lease,
    NewWave,
    edition_of,
    give_back,
    lease_batch,
    mark_wave,
    marked_before,
    readers_of,
    renew,
)
from service.sending.hand_over import hand_over
from service.sending.outcome import Outcome
from service.sending.prepare import fix_template
from service.sending.sender import Sender, Work
from service.sending.settle import settle_wave


@dataclass(frozen=True, slots=True)
class _Settled:
    """A wave that was handed over and is yet to be written down."""

    wave_id: str
    outcomes: Sequence[Outcome]


def deliver_next_batch(sender: Sender) -> bool:
    """Deliver one batch; False when none is ready, or when the route is closed for now.

    The marks of a wave and the settlements of the one before go in one commit. No transaction is
    open while mail is handed over.
    """
    if sender.breaker.is_open(time.monotonic()):
        return False
    with sender.database.transaction() as session:
        lease = lease_batch(
            session, owner=sender.name, seconds=sender.lease_seconds, now=sender.clock.now()
        )
    if lease is None:
        return False
    work = _prepared(sender, lease)
    if work is not None:
        _deliver(sender, work)
    return True


def _deliver(sender: Sender, work: Work) -> None:
    last: _Settled | None = None
    while True:
        stop = sender.should_stop() or sender.breaker.is_open(time.monotonic())
        wave_id = uuid.uuid4().hex
        marked = _commit(sender, work, last, wave_id, mark=not stop)
        if not marked:
            break
        outcomes = list(hand_over(sender, work, wave_id, marked))
        last = _Settled(wave_id, outcomes)
        sender.breaker.saw(outcomes, now=time.monotonic())
    with sender.database.transaction() as session:
        give_back(session, work.lease, now=sender.clock.now())


def _commit(
    sender: Sender, work: Work, last: _Settled | None, wave_id: str, *, mark: bool
) -> dict[int, int]:
    """Settle the last wave and mark the next in one commit, for as long as it takes.

    A commit whose answer was lost is looked up by the wave's id before anything is repeated; the
    mail itself is never repeated because of the store.
    """
    again = False
    while True:
        try:
            with sender.database.transaction() as session:
                before = marked_before(session, work.lease, wave_id=wave_id) if again else None
                if before is not None:
                    return before
                return _settle_and_mark(session, sender, work, last, wave_id, mark=mark)
        except UnavailableError as error:
            log.warning("store_away", reason=str(error), wave_id=wave_id)
            if last is None:  # nothing was handed over that must be written down
                raise
            again = True
            sender.wait(sender.timing.store_wait_seconds)


def _settle_and_mark(
    session: Session,
    sender: Sender,
    work: Work,
    last: _Settled | None,
    wave_id: str,
    *,
    mark: bool,
) -> dict[int, int]:
    now = sender.clock.now()
    if last is not None:
        settle_wave(
            session,
            work.lease,
            wave_id=last.wave_id,
            outcomes=last.outcomes,
            now=now,
            steps=sender.timing.retry_steps,
        )
    if not mark or not renew(session, work.lease, seconds=sender.lease_seconds):
        return {}
    wave = NewWave(
        id=wave_id,
        journal=sender.journal.id if sender.journal else None,
        transport=sender.transport.name,
        size=sender.pace.wave_size(),
        lease_seconds=sender.timing.wave_lease_seconds,
    )
    return mark_wave(session, work.lease, wave, now=now)


def _prepared(sender: Sender, lease: Lease) -> Work | None:
    """Read what a batch needs; an edition whose template is broken is paused, with the reason."""
    now = sender.clock.now()
    try:
        with sender.database.transaction() as session:
            edition = edition_of(session, lease)
            readers = readers_of(session, lease)
            insight_ids = {pick.insight_id for r in readers.values() for pick in r.picks}
            fix_template(session, edition, now=now)
            renderer = sender.shelf.renderer(session, edition, insight_ids)
            sender_address = sender.bounce_address or edition.list.from_email
            return Work(lease, renderer, sender_address, readers)
    except (TemplateError, ConfigurationError) as error:
        log.error("edition_paused", edition_id=lease.edition_id, reason=str(error))
        with sender.database.transaction() as session:
            pause(session, edition_id=lease.edition_id, problem=str(error))
            give_back(session, lease, now=now)
        return None
