"""The insights shown beside another: found when it enters, found anew when better ones come."""

from collections.abc import Sequence

from sqlalchemy import delete, func, select, text, update
from sqlalchemy.orm import Session

from service.db.bulk import write_rows
from service.db.database import Database
from service.errors import NotFoundError
from service.insights.models import Insight
from service.insights.related_marks import mark_stale
from service.insights.related_models import OPEN, RelatedInsight, RelatedMark, RelatedState
from service.insights.search import Near, nearest, vector_of
from service.insights.understanding.text_model import TextModel
from service.insights.vary import varied
from service.insights.vectors import read_vectors, told_text

SHOWN = 10
KEPT = 14  # a few more, since some may be hidden or joined to its story afterwards
_MAY_WANT_IT = 20  # the nearest, which are asked whether a new insight belongs among theirs
BLOCK = 50  # looked at in one transaction


def related(
    session: Session, insight_id: int, *, model: TextModel, limit: int = SHOWN
) -> list[Near]:
    """Return the insights to show beside one, the nearest first; never of its own story.

    Those not looked for yet, or more than are kept, are found on the spot; nothing is written.
    Raises `NotFoundError` when there is no such insight.
    """
    insight = session.get(Insight, insight_id)
    if insight is None:
        raise NotFoundError(f"there is no insight {insight_id}")
    kept = _kept(session, insight)
    if limit <= SHOWN and len(kept) >= limit:
        return kept[:limit]
    return varied(_nearest(session, insight, model=model), limit=limit)


def related_to_text(
    session: Session, told: str, *, model: TextModel, limit: int = SHOWN
) -> list[Near]:
    """Return the insights nearest to a text that need not be in the store."""
    vector = vector_of(session, told, model=model)
    return varied(nearest(session, told, vector), limit=limit)


def relate_waiting(database: Database, *, model: TextModel, most: int) -> int:
    """Find the related insights of up to `most` that wait for it; return how many there were."""
    done = 0
    while done < most:
        with database.transaction() as session:
            found = _relate_block(session, model=model, most=min(BLOCK, most - done))
        if not found:
            break
        done += found
    return done


def _relate_block(session: Session, *, model: TextModel, most: int) -> int:
    marks = session.execute(
        select(RelatedMark.insight_id, RelatedMark.state)
        .where(text(OPEN))
        .order_by(RelatedMark.insight_id)
        .limit(most)
        .with_for_update(skip_locked=True)
    ).all()
    ids = [mark.insight_id for mark in marks]
    insights = {
        insight.id: insight
        for insight in session.scalars(select(Insight).where(Insight.id.in_(ids)))
    }
    rows, wanting = [], set()
    for insight_id, state in marks:
        found = _nearest(session, insights[insight_id], model=model)
        rows += [
            (insight_id, rank, near.insight_id, near.score)
            for rank, near in enumerate(varied(found, limit=KEPT), start=1)
        ]
        if state == RelatedState.NEW:
            wanting |= _that_want_it(session, insight_id, found[:_MAY_WANT_IT])
    session.execute(delete(RelatedInsight).where(RelatedInsight.insight_id.in_(ids)))
    write_rows(session, RelatedInsight, ("insight_id", "rank", "other_id", "score"), rows)
    session.execute(
        update(RelatedMark)
        .where(RelatedMark.insight_id.in_(ids))
        .values(state=RelatedState.DONE.value)
        .execution_options(synchronize_session=False)
    )
    mark_stale(session, wanting - set(ids))
    return len(ids)


def _that_want_it(session: Session, insight_id: int, found: Sequence[Near]) -> set[int]:
    """Return those among `found` whose own list has room for the insight, or something farther."""
    farthest = dict(
        session.execute(
            select(RelatedInsight.insight_id, func.min(RelatedInsight.score))
            .where(RelatedInsight.insight_id.in_([near.insight_id for near in found]))
            .group_by(RelatedInsight.insight_id)
            .having(func.count() >= KEPT)
        ).all()
    )
    return {
        near.insight_id for near in found if near.score > farthest.get(near.insight_id, 0.0)
    } - {insight_id}


def _nearest(session: Session, insight: Insight, *, model: TextModel) -> list[Near]:
    told = told_text(insight.headline, insight.text)
    (vector,) = read_vectors(session, [insight.id])
    if not vector.any():  # not read yet by the model in use
        vector = vector_of(session, told, model=model)
    return nearest(session, told, vector, without_story=insight.story_id)


def _kept(session: Session, insight: Insight) -> list[Near]:
    rows = session.execute(
        select(
            Insight.id,
            Insight.story_id,
            Insight.podcast_id,
            Insight.episode_id,
            Insight.headline,
            Insight.text,
            RelatedInsight.score,
        )
        .join(Insight, Insight.id == RelatedInsight.other_id)
        .where(
            RelatedInsight.insight_id == insight.id,
            Insight.hidden.is_(False),
            Insight.story_id != insight.story_id,
        )
        .order_by(RelatedInsight.rank)
    )
    seen: dict[int, Near] = {}
    for row in rows:
        seen.setdefault(row.story_id, Near._make(row))
    return list(seen.values())
