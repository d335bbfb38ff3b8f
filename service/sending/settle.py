"""Write down what became of a wave, in bulk and guarded: only what this wave marked is touched."""

import datetime as dt
import random
from collections.abc import Sequence

from sqlalchemy import BigInteger, Integer, String, update
from sqlalchemy.orm import Session

from service.audience.models import Suppression
from service.db.base import UtcDateTime
from service.db.bulk import insert_ignoring, rows_as_table
from service.editions.models import Batch, BatchState
from service.ledger.models import Wave, WaveEnd
from service.ledger.state import CLAIMABLE, DeliveryState
from service.sending.lease import AnyLease, Lease
from service.sending.outcome import Outcome
from service.sending.settlement import Settlement, settlement_of
from service.sending.strays import remember


def settle_wave(
    session: Session,
    lease: AnyLease,
    *,
    wave_id: str,
    outcomes: Sequence[Outcome],
    now: dt.datetime,
    steps: Sequence[float],
    ended_by: WaveEnd = WaveEnd.WORKER,
) -> bool:
    """Settle every brief or notice of a wave, and the wave itself; safe to repeat.

    Returns False when some of them did not wait for that.

    One that the sweeper had put in doubt meanwhile is settled too: a late report of the same
    attempt is evidence.
    """
    settlements = [
        settlement_of(outcome, now=now, chance=random.random(), steps=steps)  # noqa: S311 - jitter
        for outcome in outcomes
    ]
    all_found = _write(session, lease, wave_id, settlements) == len(settlements)
    if isinstance(lease, Lease):
        remember(session, lease, outcomes, wave_id=wave_id, all_found=all_found, now=now)
    _bring_forward(session, lease, settlements)
    _suppress(session, lease, [s for s in settlements if s.suppresses], now=now)
    session.execute(
        update(Wave)
        .where(Wave.id == wave_id)
        .values(settled_at=now, ended_by=ended_by.value)
        .execution_options(synchronize_session=False)
    )
    return all_found


def _write(
    session: Session, lease: AnyLease, wave_id: str, settlements: Sequence[Settlement]
) -> int:
    if not settlements:
        return 0
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
    table = lease.table
    done = session.execute(
        update(table)
        .where(
            *lease.partition(),
            table.id == rows.c.id,
            table.wave_id == wave_id,
            table.state.in_([DeliveryState.SENDING.value, DeliveryState.IN_DOUBT.value]),
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
    return int(done.rowcount)  # type: ignore[attr-defined]  # an UPDATE counts its rows


def _bring_forward(session: Session, lease: AnyLease, settlements: Sequence[Settlement]) -> None:
    """Let nobody wait longer than they must when a batch was given back before this report."""
    owed = [s.next_at for s in settlements if s.state in CLAIMABLE]
    if owed and isinstance(lease, Lease):
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
    session: Session, lease: AnyLease, settlements: Sequence[Settlement], *, now: dt.datetime
) -> None:
    """Never write again to an address its server says does not exist."""
    if not settlements:
        return
    replies = {s.delivery_id: s.reply or "" for s in settlements}
    rows = session.execute(lease.addresses(list(replies)))
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
