"""Write down what became of a wave, in bulk and guarded: only what this wave marked is touched."""

import datetime as dt
import random
from collections.abc import Sequence

from sqlalchemy import BigInteger, Integer, String, select, update
from sqlalchemy.orm import Session

from service.audience.models import Subscriber, Suppression
from service.db.base import UtcDateTime
from service.db.bulk import insert_ignoring, rows_as_table
from service.editions.models import Batch, BatchState, Brief
from service.ledger.models import Wave, WaveEnd
from service.ledger.state import CLAIMABLE, DeliveryState
from service.sending.claim import Lease
from service.sending.outcome import Outcome
from service.sending.settlement import Settlement, settlement_of


def settle_wave(
    session: Session,
    lease: Lease,
    *,
    wave_id: str,
    outcomes: Sequence[Outcome],
    now: dt.datetime,
    steps: Sequence[float],
    ended_by: WaveEnd = WaveEnd.WORKER,
) -> None:
    """Settle every brief of a wave and the wave itself; safe to repeat.

    A brief that the sweeper had put in doubt meanwhile is settled too: a late report of the same
    attempt is evidence.
    """
    settlements = [
        settlement_of(outcome, now=now, chance=random.random(), steps=steps)  # noqa: S311 - jitter
        for outcome in outcomes
    ]
    _write(session, lease, wave_id, settlements)
    _bring_forward(session, lease, settlements)
    _suppress(session, lease, [s for s in settlements if s.suppresses], now=now)
    session.execute(
        update(Wave)
        .where(Wave.id == wave_id)
        .values(settled_at=now, ended_by=ended_by.value)
        .execution_options(synchronize_session=False)
    )


def _write(session: Session, lease: Lease, wave_id: str, settlements: Sequence[Settlement]) -> None:
    if not settlements:
        return
    rows = rows_as_table(
        session,
        "settled",
        {
            "id": (BigInteger(), [s.delivery_id for s in settlements]),
            "state": (String(), [s.state.value for s in settlements]),
            "reason": (String(), [s.reason for s in settlements]),
            "attempt": (Integer(), [s.attempt for s in settlements]),
            "code": (Integer(), [s.code for s in settlements]),
            "reply": (String(), [s.reply for s in settlements]),
            "provider_id": (String(), [s.provider_id for s in settlements]),
            "next_at": (UtcDateTime(), [s.next_at for s in settlements]),
            "settled_at": (UtcDateTime(), [s.settled_at for s in settlements]),
        },
    )
    session.execute(
        update(Brief)
        .where(
            Brief.local_date == lease.local_date,
            Brief.id == rows.c.id,
            Brief.wave_id == wave_id,
            Brief.state.in_([DeliveryState.SENDING.value, DeliveryState.IN_DOUBT.value]),
        )
        .values(
            {
                name: rows.c[name]
                for name in (
                    *("state", "reason", "attempt", "code", "reply", "provider_id"),
                    *("next_at", "settled_at"),
                )
            }
        )
        .execution_options(synchronize_session=False)
    )


def _bring_forward(session: Session, lease: Lease, settlements: Sequence[Settlement]) -> None:
    """Let nobody wait longer than they must when a batch was given back before this report."""
    owed = [s.next_at for s in settlements if s.state in CLAIMABLE]
    if owed:
        session.execute(
            update(Batch)
            .where(
                Batch.id == lease.batch_id,
                Batch.state == BatchState.READY.value,
                Batch.next_at > min(owed),
            )
            .values(next_at=min(owed))
            .execution_options(synchronize_session=False)
        )


def _suppress(
    session: Session, lease: Lease, settlements: Sequence[Settlement], *, now: dt.datetime
) -> None:
    """Never write again to an address its server says does not exist."""
    if not settlements:
        return
    replies = {s.delivery_id: s.reply or "" for s in settlements}
    rows = session.execute(
        select(Brief.id, Subscriber.address_key)
        .join(Subscriber, Subscriber.id == Brief.subscriber_id)
        .where(Brief.local_date == lease.local_date, Brief.id.in_(list(replies)))
    )
    insert_ignoring(
        session,
        Suppression,
        [
            {
                "address_key": row.address_key,
                "reason": "bounced",
                "source": "sending",
                "detail": replies[row.id],
                "since": now,
            }
            for row in rows
        ],
    )
