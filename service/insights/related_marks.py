"""Which insights wait for their related ones."""

from collections.abc import Collection, Sequence

from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session

from service.db.bulk import write_rows
from service.insights.related_models import OPEN, RelatedMark, RelatedState


def mark_new(session: Session, insight_ids: Sequence[int]) -> None:
    """Ask for the related insights of some that were just stored."""
    rows = [(insight_id, int(RelatedState.NEW)) for insight_id in insight_ids]
    write_rows(session, RelatedMark, ("insight_id", "state"), rows)


def mark_stale(session: Session, insight_ids: Collection[int]) -> None:
    """Ask again: these insights, or those beside them, changed."""
    session.execute(
        update(RelatedMark)
        .where(
            RelatedMark.insight_id.in_(sorted(insight_ids)),
            RelatedMark.state == RelatedState.DONE.value,
        )
        .values(state=RelatedState.STALE.value)
        .execution_options(synchronize_session=False)
    )


def waiting(session: Session) -> int:
    """Return how many insights wait for their related ones."""
    return session.scalar(select(func.count()).select_from(RelatedMark).where(text(OPEN))) or 0
