"""Look at the stories that were told more than once, and why their tellings belong together."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from service.errors import NotFoundError
from service.insights.models import Insight, Podcast
from service.insights.stories import StoryReason
from service.insights.story_models import StoryLink

_STRONGEST = (StoryReason.BY_HAND, StoryReason.RETOLD, StoryReason.EXACT)


@dataclass(frozen=True, slots=True)
class Telling:
    """One insight of a story."""

    insight_id: int
    headline: str | None
    text: str
    podcast: str | None
    reason: str | None  # a StoryReason; None for the first to tell it
    score: float | None
    by: str | None  # who joined it by hand


@dataclass(frozen=True, slots=True)
class ToldStory:
    """A story and its tellings, the first one first."""

    story_id: int
    tellings: Sequence[Telling]

    @property
    def reason(self) -> str:
        """Why these belong together: by hand before retold before exact; alone for one telling."""
        given = {telling.reason for telling in self.tellings}
        return next((reason.value for reason in _STRONGEST if reason.value in given), "alone")


def told_stories(session: Session, *, limit: int, before: int | None = None) -> list[ToldStory]:
    """Return stories told more than once, the one that was told again last first.

    `before` is the id of the insight that told the last one of the page before.
    """
    newest = func.max(StoryLink.insight_id)
    pages = (
        select(Insight.story_id)
        .join(StoryLink, StoryLink.insight_id == Insight.id)
        .group_by(Insight.story_id)
        .order_by(newest.desc())
        .limit(limit)
    )
    if before is not None:
        pages = pages.having(newest < before)
    return _read(session, list(session.scalars(pages)))


def told_story(session: Session, *, story_id: int) -> ToldStory:
    """Return one story, told once or more; raises `NotFoundError`."""
    found = _read(session, [story_id])
    if not found:
        raise NotFoundError(f"there is no story {story_id}")
    return found[0]


def story_of(session: Session, *, insight_id: int) -> int:
    """Return the story an insight belongs to; raises `NotFoundError`."""
    found = session.scalar(select(Insight.story_id).where(Insight.id == insight_id))
    if found is None:
        raise NotFoundError(f"there is no insight {insight_id}")
    return found


def _read(session: Session, story_ids: Sequence[int]) -> list[ToldStory]:
    rows = session.execute(
        select(
            Insight.story_id,
            Insight.id,
            Insight.headline,
            Insight.text,
            Podcast.name,
            StoryLink.reason,
            StoryLink.score,
            StoryLink.by,
        )
        .outerjoin(StoryLink, StoryLink.insight_id == Insight.id)
        .outerjoin(Podcast, Podcast.id == Insight.podcast_id)
        .where(Insight.story_id.in_(story_ids))
        .order_by(Insight.id)
    )
    tellings: dict[int, list[Telling]] = {}
    for row in rows:
        tellings.setdefault(row.story_id, []).append(Telling(*row[1:]))
    return [ToldStory(story, tellings[story]) for story in story_ids if story in tellings]
