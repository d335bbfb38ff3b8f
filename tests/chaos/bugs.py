"""Bugs that people have shipped, ready to be planted: each must be found, or we find nothing.

`patch` is `setattr` in a worker that will be thrown away, `monkeypatch.setattr` in a test.
"""

import uuid
from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from service.editions.models import Brief
from service.ledger.state import DeliveryState
from service.sending import deliver, hand_over, recover, settlement
from service.sending.claim import NewWave
from service.sending.journal import AttemptId, Journal
from service.sending.lease import Lease
from service.sending.outcome import Outcome, Verdict
from service.sending.pace import Pace
from service.sending.sender import Sender, Work

Patch = Callable[[Any, str, Any], None]
CLAIMABLE = [DeliveryState.PLANNED.value, DeliveryState.DEFERRED.value]


def send_before_commit(patch: Patch) -> None:
    """Hand over inside the transaction that marks: a death rolls the mark back, not the mail."""

    def deliver_uncommitted(sender: Sender, work: Work | None) -> bool:
        while work is not None:
            wave_id = uuid.uuid4().hex
            with sender.database.transaction() as session:
                marked = deliver._settle_and_mark(session, sender, work, None, wave_id, mark=True)
                if marked is None or not marked.attempts:
                    return True
                outcomes = list(hand_over.hand_over(sender, work, wave_id, marked.attempts))
                last = deliver._Settled(wave_id, work.lease, outcomes)
                deliver._settle_and_mark(session, sender, work, last, wave_id, mark=False)
        return False

    patch(deliver, "_deliver", deliver_uncommitted)
    patch(hand_over, "_renew", lambda *_: None)  # it would wait for the transaction it stands in


def journal_after_reply_only(patch: Patch) -> None:
    """Write what was answered, and not what was begun."""

    def answers_alone(
        journal: Journal, attempts: Sequence[tuple[str, int, int]], *, after: Sequence[Outcome] = ()
    ) -> bool:
        kind = attempts[0][0]
        written = [
            journal.replied(AttemptId(kind, outcome.delivery_id, outcome.attempt), outcome)
            for outcome in after
        ]
        return all(written)

    patch(Journal, "begin", answers_alone)


def resend_in_doubt(patch: Patch) -> None:
    """Take a doubt for a failure that may be tried again."""
    states = settlement._STATES | {Verdict.IN_DOUBT: DeliveryState.DEFERRED}
    patch(settlement, "_STATES", states)


def short_dot_wait(_patch: Patch) -> None:
    """Nothing to patch: the setting itself is the bug."""


def no_fence(patch: Patch) -> None:
    """Trust the list read with the lease: neither the fence nor the rows are looked at again."""
    left: dict[tuple[int, int], list[int]] = {}

    def mark_from_memory(session: Session, lease: Lease, wave: NewWave, **_: Any) -> dict[int, int]:
        key = (lease.batch_id, lease.fence)
        if key not in left:
            claimable = select(Brief.id).where(*lease.rows(), Brief.state.in_(CLAIMABLE))
            left[key] = list(session.scalars(claimable))
        taken, left[key] = left[key][: wave.size], left[key][wave.size :]
        rows = session.execute(
            update(Brief)
            .where(*lease.rows(), Brief.id.in_(taken))
            .values(state=DeliveryState.SENDING.value, wave_id=wave.id, attempt=Brief.attempt + 1)
            .returning(Brief.id, Brief.attempt)
            .execution_options(synchronize_session=False)
        )
        return {row.id: row.attempt for row in rows}

    patch(Pace, "wave_size", lambda _self: 10)  # so that a batch has several waves
    patch(deliver, "mark_wave", mark_from_memory)
    patch(deliver, "renew", lambda *_, **__: True)


def believe_any_store(patch: Patch) -> None:
    """Go on as if a store could not go back in time."""
    patch(deliver, "is_trusted", lambda *_, **__: True)
    patch(recover, "look_back", lambda *_, **__: None)


BUGS: dict[str, Callable[[Patch], None]] = {
    bug.__name__: bug
    for bug in (
        send_before_commit,
        journal_after_reply_only,
        resend_in_doubt,
        short_dot_wait,
        no_fence,
        believe_any_store,
    )
}
