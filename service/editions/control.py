"""Pause, resume and cancel an edition; a wave that is being sent ends first."""

import datetime as dt

from sqlalchemy import update
from sqlalchemy.orm import Session

from service.editions.models import Batch, BatchState, Brief, Edition, EditionState
from service.editions.queries import edition_by_id
from service.errors import ConflictError
from service.ledger.state import CLAIMABLE, DeliveryState


def pause(session: Session, *, edition_id: int, problem: str | None = None) -> Edition:
    """Stop sending the edition until it is resumed; planning goes on."""
    edition = edition_by_id(session, edition_id=edition_id)
    _move(session, edition, to=EditionState.PAUSED, of=[EditionState.OPEN], problem=problem)
    return edition


def resume(session: Session, *, edition_id: int, now: dt.datetime) -> Edition:
    """Send the edition again from where it stood; a template is read anew if it had failed."""
    edition = edition_by_id(session, edition_id=edition_id)
    _move(session, edition, to=EditionState.OPEN, of=[EditionState.PAUSED], problem=None)
    session.execute(
        update(Batch)
        .where(Batch.edition_id == edition_id, Batch.state == BatchState.READY.value)
        .values(next_at=now)
    )
    return edition


def cancel(session: Session, *, edition_id: int, now: dt.datetime) -> int:
    """End the edition: what was not begun is cancelled for good; return how many briefs."""
    edition = edition_by_id(session, edition_id=edition_id)
    _move(
        session,
        edition,
        to=EditionState.CANCELLED,
        of=[EditionState.OPEN, EditionState.PAUSED],
        problem=None,
    )
    done = session.execute(
        update(Brief)
        .where(
            Brief.local_date == edition.local_date,
            Brief.edition_id == edition_id,
            Brief.state.in_([state.value for state in CLAIMABLE]),
        )
        .values(state=DeliveryState.CANCELLED.value, reason="edition_cancelled", settled_at=now)
    )
    return int(done.rowcount)  # type: ignore[attr-defined]  # an UPDATE counts its rows


def _move(
    session: Session,
    edition: Edition,
    *,
    to: EditionState,
    of: list[EditionState],
    problem: str | None,
) -> None:
    done = session.execute(
        update(Edition)
        .where(Edition.id == edition.id, Edition.state.in_([state.value for state in of]))
        .values(state=to.value, problem=problem)
    )
    if not done.rowcount:  # type: ignore[attr-defined]  # an UPDATE counts its rows
        raise ConflictError(f"edition {edition.id} is {edition.state}: it cannot become {to.value}")
    edition.state, edition.problem = to.value, problem
