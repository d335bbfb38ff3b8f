"""Remember the answers that were not plain, and look into those that do not find their row.

Mostly these are late, seldom a duplicate.

A hand-over that succeeded while the same brief was marked again by another wave is the sign that
somebody may get two. Then the route stops, at once and for everybody.
"""

import datetime as dt
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.editions.models import Brief
from service.ledger.attempts import note_attempts
from service.ledger.models import Wave
from service.ledger.state import DeliveryState
from service.ledger.stops import stop_route
from service.log import log
from service.sending.lease import Lease
from service.sending.outcome import Outcome, Verdict
from service.sending.safe_mode import BY_JOURNAL, WENT_BACK

_MAY_REACH_THEM = {
    DeliveryState.PLANNED.value,
    DeliveryState.DEFERRED.value,
    DeliveryState.SENDING.value,
    DeliveryState.IN_DOUBT.value,
    DeliveryState.ACCEPTED.value,
}


def remember(
    session: Session,
    lease: Lease,
    outcomes: Sequence[Outcome],
    *,
    wave_id: str,
    all_found: bool,
    now: dt.datetime,
) -> None:
    """Keep the history of all but briefs accepted at the first try: those cost nothing here."""
    noted = [o for o in outcomes if o.verdict is not Verdict.ACCEPTED or o.attempt != 1]
    if not all_found:
        doubled = look_into(
            session, outcomes, local_date=lease.local_date, wave_id=wave_id, now=now
        )
        noted += [o for o in outcomes if o.delivery_id in doubled and o not in noted]
    rows = [
        {
            "brief_id": outcome.delivery_id,
            "attempt": outcome.attempt,
            "verdict": outcome.verdict.value,
            "stage": outcome.stage[:40],
            "code": outcome.code,
            "reply": outcome.reply or None,
            "provider_id": outcome.provider_id,
        }
        for outcome in noted
    ]
    note_attempts(session, rows, local_date=lease.local_date, wave_id=wave_id, now=now)


def look_into(
    session: Session,
    outcomes: Sequence[Outcome],
    *,
    local_date: dt.date,
    wave_id: str,
    now: dt.datetime,
) -> list[int]:
    """Stop the route when an accepted brief belongs to another wave by now; return those briefs.

    Settling the same wave twice, or after the brief's deadline, is no such sign.
    """
    accepted = {o.delivery_id: o for o in outcomes if o.verdict is Verdict.ACCEPTED}
    rows = session.execute(
        select(Brief.id, Brief.state, Brief.wave_id, Brief.reason, Brief.transport).where(
            Brief.local_date == local_date, Brief.id.in_(list(accepted))
        )
    ).all()
    doubled = [
        row
        for row in rows
        if row.wave_id != wave_id
        and row.state in _MAY_REACH_THEM
        and not (row.state == DeliveryState.IN_DOUBT.value and row.reason == WENT_BACK)
        and row.reason != BY_JOURNAL
    ]
    if not doubled:
        return []
    wave = session.get(Wave, wave_id)
    transport = wave.transport if wave else doubled[0].transport
    for row in doubled:
        log.error("brief_accepted_twice", brief_id=row.id, state=row.state, wave_id=wave_id)
    stop_route(
        session,
        transport or "unknown",
        f"brief {doubled[0].id} was accepted in the wave {wave_id}, and is {doubled[0].state} by "
        f"another hand-over; {len(doubled)} such at once. Somebody may have got two: look before "
        "going on",
        by=wave.worker if wave else "settling",
        now=now,
    )
    return [row.id for row in doubled]
