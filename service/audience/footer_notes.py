"""What briefs say at their foot for want of a sign: one look for a whole batch."""

import datetime as dt
from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.audience.fatigue_models import Fatigue, FatigueStage, FooterNote
from service.db.columns import is_one_of

_EVERY_BRIEF = {
    FatigueStage.OFFERED: FooterNote.OFFER_WEEKLY,
    FatigueStage.WEEKLY: FooterNote.NOW_WEEKLY,
    FatigueStage.ASKED: FooterNote.NOW_WEEKLY,
}


def footer_notes(session: Session, dates: Mapping[int, dt.date]) -> dict[int, FooterNote]:
    """Return the note of each subscription whose brief has one; `dates` are the briefs' own.

    The question of the silent stands in the brief of one date, so that a brief rendered again
    says what it said.
    """
    found = session.execute(
        select(Fatigue.subscription_id, Fatigue.stage, Fatigue.note_on).where(
            is_one_of(session, Fatigue.subscription_id, list(dates))
        )
    )
    notes = {}
    for subscription_id, stage, note_on in found:
        if stage == FatigueStage.QUESTIONED:
            if note_on == dates[subscription_id]:
                notes[subscription_id] = FooterNote.STILL_WELCOME
        elif (note := _EVERY_BRIEF.get(FatigueStage(stage))) is not None:
            notes[subscription_id] = note
    return notes
