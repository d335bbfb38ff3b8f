"""Why somebody got what they got: the stored picks with the reasons stored beside them."""

import datetime as dt
from typing import Any

from service.audience.queries import existing_subscriber
from service.db.database import Database
from service.editions.queries import brief_of
from service.errors import NotFoundError
from service.rendering.values import Pick
from service.selection.reasons import sentence
from service.sending.prepare import cards_of


def why_brief(database: Database, *, email: str, date: dt.date | None) -> list[dict[str, Any]]:
    """Return the briefs of a person on a local date (default: their newest), one a list.

    Raises `NotFoundError` when there is no such person, or none of that date.
    """
    with database.reading() as session:
        person = existing_subscriber(session, email=email)
        found = brief_of(session, subscriber_id=person.id, date=date)
        if not found:
            when = f"on {date}" if date else "yet"
            raise NotFoundError(f"{email} has no brief {when}")
        if date is None:
            found = found[:1]
        ids = {pick[0] for brief, _ in found for pick in brief.picks}
        cards = cards_of(session, ids)
        answers = []
        for brief, edition in found:
            picks = []
            for pick in (Pick(*stored) for stored in brief.picks):
                card = cards.get(pick.insight_id)
                picks.append(
                    {
                        "insight_id": pick.insight_id,
                        "headline": card.headline if card else "",
                        "text": card.text if card else "(this insight was removed)",
                        "podcast": card.podcast if card else None,
                        "score": pick.score,
                        "reason": pick.reason,
                        "why": sentence(pick.reason, pick.argument),
                    }
                )
            answers.append(
                {
                    "brief_id": brief.id,
                    "list": edition.list.slug,
                    "local_date": brief.local_date.isoformat(),
                    "state": brief.state,
                    "reason": brief.reason,
                    "due_at": brief.due_at.isoformat(),
                    "settled_at": brief.settled_at.isoformat() if brief.settled_at else None,
                    "attempt": brief.attempt,
                    "code": brief.code,
                    "reply": brief.reply,
                    "picks": picks,
                }
            )
    return answers
