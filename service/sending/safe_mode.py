"""Safe mode: when the store has gone back in time, nobody sends until a person says so.

A store restored from a copy, or taken over by a replica that was behind, owes again what was sent
since the copy was made. Whoever gets a new connection asks it for the last waves this machine knows
to have been committed. When one is missing, everything that is due by now goes in doubt, for it may
have been sent; evidence settles it, or it ends as unknown.
"""

import datetime as dt
from collections.abc import Iterable, Sequence

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Date,
    Integer,
    String,
    and_,
    case,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Session

from service.db.base import UtcDateTime
from service.db.bulk import rows_as_table, skip_ids
from service.editions.models import Batch, Brief, Edition, EditionState
from service.ledger import stops
from service.ledger.models import Wave
from service.ledger.state import CLAIMABLE, DeliveryState
from service.log import log
from service.sending.journal import FoundJournal, KnownWave
from service.sending.known_waves import known_waves
from service.sending.lease import Lease
from service.sending.outcome import Outcome, Verdict
from service.sending.sender import Sender
from service.sending.some_batches import briefs_of_some

WENT_BACK = "store_went_back"
BY_JOURNAL = "journal"  # held, and then settled by what a journal or a worker knew from before
IDS_SKIPPED = 1_000_000  # briefs that were planned after the copy had ids: nobody else may get them
_FINAL = (Verdict.ACCEPTED, Verdict.FAILED)


def is_trusted(session: Session, sender: Sender, *, now: dt.datetime) -> bool:
    """Return whether this store is the one we know; call it right before anything is claimed.

    Asked once a new connection. When it has gone back, safe mode is entered in this transaction,
    unless somebody else did; either way the caller lets it `begin_anew`, once that is committed.
    """
    session.connection()
    made = sender.database.connections_made
    if made == sender.connections_trusted:
        return True
    sender.store = stops.store_id(session)
    own = [] if sender.last_wave is None else [sender.last_wave]
    told = known_waves(sender.journals) if sender.journals is not None else []
    lost = missing_wave(session, [*own, *told], store=sender.store)
    is_news = lost is not None and not _is_explained(session, lost)
    if lost is not None and is_news:
        enter_safe_mode(session, lost, by=sender.name, transport=sender.transport.name, now=now)
    if is_news or missing_wave(session, own, store=sender.store) is not None:
        return False
    sender.connections_trusted = made
    return True


def look_back(
    session: Session, journal: FoundJournal, *, transport: str | None, now: dt.datetime
) -> None:
    """Compare the store with what the journal of a dead process knows; settle what was held."""
    store = stops.store_id(session)
    lost = missing_wave(session, journal.waves[-1:], store=store)
    if lost is not None and not _is_explained(session, lost):
        enter_safe_mode(session, lost, by=f"journal {journal.id}", transport=transport, now=now)
    stop = stops.safe_mode(session)
    if lost is not None or (stop is not None and stop.lifted_at is None):
        answers = [pair for pair in final_answers(journal) if pair[1].store == store]
        settle_held(session, answers, now=now)


def missing_wave(session: Session, waves: Iterable[KnownWave], *, store: str) -> KnownWave | None:
    """Return the newest wave that was committed to this store and is not in it, or None."""
    known = {wave.id: wave for wave in waves if wave.store == store}
    if not known:
        return None
    there = set(session.scalars(select(Wave.id).where(Wave.id.in_(list(known)))))
    lost = [wave for wave in known.values() if wave.id not in there]
    return max(lost, key=lambda wave: wave.started_at, default=None)


def _is_explained(session: Session, lost: KnownWave) -> bool:
    """Whether a safe mode, standing or lifted, began after a wave that is missing."""
    last = stops.safe_mode(session)
    return last is not None and lost.started_at <= last.since


def enter_safe_mode(
    session: Session, lost: KnownWave, *, by: str, transport: str | None, now: dt.datetime
) -> None:
    """Stop all claiming and hold back what may have been sent since the copy was made."""
    reason = (
        f"the store has gone back in time: the wave {lost.id} of "
        f"{lost.started_at:%Y-%m-%d %H:%M:%S} UTC was committed and is not in it"
    )
    hold_everything(session, reason, by=by, transport=transport, now=now)


def hold_everything(
    session: Session, reason: str, *, by: str, transport: str | None, now: dt.datetime
) -> int:
    """Enter safe mode for `reason`, if it does not stand yet; return how many are held."""
    if not stops.enter(session, stops.STORE, reason, by=by, now=now):
        return 0
    skip_ids(session, "brief_ids", IDS_SKIPPED)
    return hold_back(session, transport=transport)


def hold_back(session: Session, *, transport: str | None = None) -> int:
    """While safe mode stands, put in doubt what was due when it began; return how many.

    Safe to repeat: whoever was due then and is planned only now is found by the next call. Nothing
    of the waves that stand open in the copy is believed either: they were settled since, and what
    they had given back was sent by others.
    """
    stop = stops.safe_mode(session)
    if stop is None or stop.lifted_at is not None:
        return 0
    is_open = Edition.state.in_([EditionState.OPEN.value, EditionState.PAUSED.value])
    editions = select(Edition.id).where(is_open)
    held = 0
    for some in briefs_of_some(session, Batch.edition_id.in_(editions)):
        held += _hold(session, *some, since=stop.since, transport=transport)
    if held:
        log.warning("held_back", briefs=held)
    return held


def _hold(
    session: Session, *whose: ColumnElement[bool], since: dt.datetime, transport: str | None
) -> int:
    is_marked = Brief.state == DeliveryState.SENDING.value
    done = session.execute(
        update(Brief)
        .where(
            *whose,
            or_(
                is_marked,
                and_(
                    Brief.state.in_([state.value for state in CLAIMABLE]),
                    Brief.next_at <= since,
                ),
            ),
        )
        .values(
            state=DeliveryState.IN_DOUBT.value,
            reason=WENT_BACK,
            # the try that may have been made since: its reports come with this number
            attempt=case((is_marked, Brief.attempt), else_=Brief.attempt + 1),
            wave_id=None,
            transport=func.coalesce(Brief.transport, transport),
        )
        .execution_options(synchronize_session=False)
    )
    return int(done.rowcount)  # type: ignore[attr-defined]  # an UPDATE counts its rows


def settle_held(
    session: Session, outcomes: Sequence[tuple[Outcome, KnownWave]], *, now: dt.datetime
) -> int:
    """Settle what is held back by final answers from before; return how many were settled.

    An answer that was not final proves nothing: others may have tried again since. A brief made
    after its wave is somebody else's, by a number that was given out twice.
    """
    final = [(outcome, wave) for outcome, wave in outcomes if outcome.verdict in _FINAL]
    if not final:
        return 0
    told = rows_as_table(
        session,
        "told",
        {
            "id": (BigInteger(), [outcome.delivery_id for outcome, _ in final]),
            "local_date": (Date(), [wave.local_date for _, wave in final]),
            "began": (UtcDateTime(), [wave.started_at for _, wave in final]),
            "state": (String(), [outcome.verdict.value for outcome, _ in final]),
            "attempt": (Integer(), [outcome.attempt for outcome, _ in final]),
            "code": (Integer(), [outcome.code for outcome, _ in final]),
            "reply": (String(), [outcome.reply or None for outcome, _ in final]),
            "provider_id": (String(), [outcome.provider_id for outcome, _ in final]),
        },
    )
    done = session.execute(
        update(Brief)
        .where(
            Brief.local_date == told.c.local_date,
            Brief.id == told.c.id,
            Brief.state == DeliveryState.IN_DOUBT.value,
            Brief.reason == WENT_BACK,
            Brief.attempt <= told.c.attempt,
            Brief.created_at <= told.c.began,
        )
        .values(
            {name: told.c[name] for name in ("state", "attempt", "code", "reply", "provider_id")}
            | {"reason": BY_JOURNAL, "settled_at": now}
        )
        .execution_options(synchronize_session=False)
    )
    settled = int(done.rowcount)  # type: ignore[attr-defined]  # an UPDATE counts its rows
    if settled:
        log.info("held_settled", briefs=settled)
    return settled


def final_answers(journal: FoundJournal) -> list[tuple[Outcome, KnownWave]]:
    """Return the last word a journal has on each brief, with the wave it came of."""
    last: dict[int, tuple[Outcome, KnownWave]] = {}
    for attempt, outcome in sorted(journal.replies.items()):
        wave = journal.wave_of.get(attempt)
        if wave is not None and attempt.kind == Lease.kind:
            last[attempt.delivery_id] = (outcome, wave)
    return list(last.values())
