"""Why somebody got what they got: the stored reasons, every candidate's score, the choice anew."""

import datetime as dt
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.audience.queries import existing_subscriber
from service.db.columns import is_one_of
from service.db.database import Database
from service.editions.models import Brief, Edition
from service.editions.queries import brief_by_id, brief_of, choice_page_of
from service.errors import NotFoundError
from service.insights.models import Insight
from service.rendering.values import Pick
from service.selection.frozen import Scored
from service.selection.reasons import sentence
from service.selection.recall import recall
from service.sending.prepare import cards_of

_TITLE_LENGTH = 80


def why_brief(
    database: Database, who: str, *, date: dt.date | None = None, replay: bool = False
) -> list[dict[str, Any]]:
    """Return a brief by its number, or a person's on a local date (default: newest), one a list.

    With `replay` it is chosen once more from what was frozen. Raises `NotFoundError` when there is
    no such person, or brief.
    """
    with database.reading() as session:
        return [
            _answer(session, brief, edition, replay=replay)
            for brief, edition in _briefs(session, who, date)
        ]


def _briefs(session: Session, who: str, date: dt.date | None) -> list[tuple[Brief, Edition]]:
    if who.isdecimal():
        found = brief_by_id(session, brief_id=int(who))
        if not found:
            raise NotFoundError(f"there is no brief {who}")
        return found
    person = existing_subscriber(session, email=who)
    found = brief_of(session, subscriber_id=person.id, date=date)
    if not found:
        when = f"on {date}" if date else "yet"
        raise NotFoundError(f"{who} has no brief {when}")
    return found if date else found[:1]


def _answer(session: Session, brief: Brief, edition: Edition, *, replay: bool) -> dict[str, Any]:
    return {
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
        "picks": _picks(session, brief),
        "choice": _choice(session, brief, replay=replay),
    }


def _picks(session: Session, brief: Brief) -> list[dict[str, Any]]:
    cards = cards_of(session, {pick[0] for pick in brief.picks})
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
                "argument": pick.argument,
                "why": sentence(pick.reason, pick.argument),
            }
        )
    return picks


def _choice(session: Session, brief: Brief, *, replay: bool) -> dict[str, Any] | None:
    """Return what the brief was chosen by; None where nothing was kept of that."""
    page_id = choice_page_of(session, tick_id=brief.tick_id)
    recalled = page_id and recall(session, page_id=page_id, subscriber_id=brief.subscriber_id)
    if not recalled:
        return None
    titles = _titles(session, [one.insight_id for one in recalled.candidates])
    answer: dict[str, Any] = {
        "tick_id": brief.tick_id,
        "rules_version": recalled.rules_version,
        "seed": recalled.seed,
        "as_of": recalled.as_of.isoformat() if recalled.as_of else None,
        "kept_bytes": recalled.kept_bytes,
        "problem": recalled.problem,
        "candidates": [_candidate(one, titles) for one in recalled.candidates],
    }
    if replay:
        stored = [pick[0] for pick in brief.picks]
        answer["replay"] = {
            "insight_ids": recalled.again,
            "same": None if recalled.again is None else recalled.again == stored,
        }
    return answer


def _candidate(one: Scored, titles: dict[int, str]) -> dict[str, Any]:
    return {
        "insight_id": one.insight_id,
        "headline": titles.get(one.insight_id, "(this insight was removed)"),
        "is_pick": one.is_pick,
        "is_out": one.is_out,
        "score": round(one.score, 3),
        "parts": one.parts,
    }


def _titles(session: Session, ids: list[int]) -> dict[int, str]:
    rows = session.execute(
        select(Insight.id, Insight.headline, Insight.text).where(
            is_one_of(session, Insight.id, ids)
        )
    )
    return {row.id: row.headline or row.text[:_TITLE_LENGTH] for row in rows}
