"""Write down what became of a wave, in bulk and guarded: only what this wave marked is touched."""

import datetime as dt
import random
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import BigInteger, Integer, String, bindparam, or_, update
from sqlalchemy.orm import Session
from sqlalchemy.types import TypeEngine

from service.audience.models import Suppression
from service.db.base import UtcDateTime
from service.db.bulk import insert_ignoring
from service.db.bulk_update import RowsUpdate
from service.editions.models import Batch, BatchState, Brief
from service.ledger.models import Wave, WaveEnd
from service.ledger.notice_models import Notice
from service.ledger.state import CLAIMABLE, DeliveryState
from service.sending.lease import AnyLease, Lease, in_partition
from service.sending.outcome import Outcome, Verdict
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
    accepted = [outcome for outcome in outcomes if outcome.verdict is Verdict.ACCEPTED]
    settlements = [
        settlement_of(outcome, now=now, chance=random.random(), steps=steps)  # noqa: S311 - jitter
        for outcome in outcomes
        if outcome.verdict is not Verdict.ACCEPTED
    ]
    bound = {"of_wave": wave_id, **lease.partition_values()}
    written = _write_accepted(session, lease, accepted, bound, now=now)
    if settlements:
        _, _, settle = _STATEMENTS[lease.table]
        written += settle.run(session, [_values_of(one) for one in settlements], **bound)
    all_found = written == len(outcomes)
    if isinstance(lease, Lease):
        remember(session, lease, outcomes, wave_id=wave_id, all_found=all_found, now=now)
    _bring_forward(session, lease, settlements)
    _suppress(session, lease, [s for s in settlements if s.suppresses], now=now)
    session.connection().execute(
        _END_WAVE, {"of_wave": wave_id, "settled_at": now, "ended_by": ended_by.value}
    )
    return all_found


def _write_accepted(
    session: Session,
    lease: AnyLease,
    accepted: Sequence[Outcome],
    bound: Mapping[str, Any],
    *,
    now: dt.datetime,
) -> int:
    """Write most of a wave with few values: whoever was accepted differs in the answer at most."""
    plain: dict[tuple[int | None, int], list[Outcome]] = {}
    for outcome in accepted:
        plain.setdefault((outcome.code, outcome.attempt), []).append(outcome)
    accept_alike, accept, _ = _STATEMENTS[lease.table]
    written = 0
    for (code, attempt), alike in plain.items():
        same = {
            "state": DeliveryState.ACCEPTED.value,
            "reason": None,
            "attempt": attempt,
            "code": code,
            "settled_at": now,
        }
        if len({(outcome.reply, outcome.provider_id) for outcome in alike}) == 1:
            same |= {"reply": alike[0].reply or None, "provider_id": alike[0].provider_id}
            ids = [(outcome.delivery_id,) for outcome in alike]
            written += accept_alike.run(session, ids, same=same, **bound)
        else:
            own = [(one.delivery_id, one.reply or None, one.provider_id) for one in alike]
            written += accept.run(session, own, same=same, **bound)
    return written


def _values_of(settlement: Settlement) -> tuple[Any, ...]:
    """Return the values in the order of `_ALL`."""
    return (
        settlement.delivery_id,
        settlement.reply,
        settlement.provider_id,
        settlement.state.value,
        settlement.reason,
        settlement.attempt,
        settlement.code,
        settlement.next_at,
        settlement.settled_at,
    )


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


_ANSWER: dict[str, TypeEngine[Any]] = {
    "id": BigInteger(),
    "reply": String(),
    "provider_id": String(),
}
_ALL: dict[str, TypeEngine[Any]] = {
    **_ANSWER,
    "state": String(),
    "reason": String(),
    "attempt": Integer(),
    "code": Integer(),
    "next_at": UtcDateTime(),
    "settled_at": UtcDateTime(),
}


def _statements(table: type[Brief] | type[Notice]) -> tuple[RowsUpdate, RowsUpdate, RowsUpdate]:
    """Return what settles those accepted with the same words, those accepted, and any."""
    guard = (
        *in_partition(table),
        table.wave_id == bindparam("of_wave", type_=String()),
        or_(  # not IN: its list cannot stand in a statement that is run row by row
            table.state == DeliveryState.SENDING.value,
            table.state == DeliveryState.IN_DOUBT.value,
        ),
    )
    same = ("state", "reason", "attempt", "code", "settled_at")
    return (
        RowsUpdate(table, {"id": BigInteger()}, *guard, same=(*same, "reply", "provider_id")),
        RowsUpdate(table, _ANSWER, *guard, same=same),
        RowsUpdate(table, _ALL, *guard),
    )


_STATEMENTS = {Brief: _statements(Brief), Notice: _statements(Notice)}
_END_WAVE = update(Wave).where(Wave.id == bindparam("of_wave", type_=String()))
