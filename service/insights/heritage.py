"""What counts as having had a story: the story itself, and what was merged into it or split off."""

from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.db.columns import is_one_of
from service.insights.story_models import StoryHeritage


class Heir(NamedTuple):
    """Whoever was shown `from_story_id` has had `story_id`."""

    story_id: int
    from_story_id: int
    insight_id: int | None  # only if it was this insight


def heritage_of(session: Session, story_ids: Collection[int]) -> list[Heir]:
    """Return what these stories have inherited; nothing for nearly all of them."""
    statement = (
        select(StoryHeritage.story_id, StoryHeritage.from_story_id, StoryHeritage.insight_id)
        .where(is_one_of(session, StoryHeritage.story_id, sorted(story_ids)))
        .order_by(StoryHeritage.id)
    )
    return [Heir._make(row) for row in session.execute(statement)]
