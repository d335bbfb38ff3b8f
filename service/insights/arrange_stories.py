"""Merge two stories, or take one apart, by hand; what people were shown goes on counting."""

import datetime as dt
from collections.abc import Collection, Iterable

from sqlalchemy import delete, select, text, update
from sqlalchemy.orm import Session

from service.db.bulk import write_rows
from service.errors import InputError, NotFoundError
from service.insights.heritage import Heir, heritage_of
from service.insights.models import Insight
from service.insights.related_marks import mark_stale
from service.insights.stories import IMPORT_LOCK, StoryReason
from service.insights.story_models import StoryHeritage, StoryLink, StoryParting


def merge_stories(session: Session, one: int, other: int, *, by: str, now: dt.datetime) -> int:
    """Make two stories one, that of the earlier insight; return its id.

    Whoever had either has had it. Raises `NotFoundError` for a story without insights, `InputError`
    when both are the same.
    """
    if one == other:
        raise InputError(f"story: {one} cannot be merged with itself")
    _wait_for_imports(session)
    kept, gone = sorted((one, other))
    keeping, leaving = _members(session, kept), _members(session, gone)
    session.execute(
        update(Insight)
        .where(Insight.story_id == gone)
        .values(
            story_id=kept,
            thread_id=select(Insight.thread_id).where(Insight.id == keeping[0]).scalar_subquery(),
        )
        .execution_options(synchronize_session=False)
    )
    _link(session, leaving[0], to=keeping[0], by=by, now=now)
    _forget_partings(session, keeping, leaving)
    inherited = [Heir(kept, gone, None)] + [
        heir._replace(story_id=kept) for heir in heritage_of(session, [gone])
    ]
    _inherit(session, inherited)
    mark_stale(session, [*keeping, *leaving])
    return kept


def split_story(
    session: Session, insight_ids: Collection[int], *, by: str, now: dt.datetime
) -> tuple[int, int]:
    """Take these insights of one story out of it; return the ids of the story and of the new one.

    Whoever was shown one of them has had the new story. Both parts are remembered as told apart:
    nothing joins them again by itself. The story keeps the insight it is named after, so it may be
    the others that get the new id.

    Raises `InputError` when they are not a part of one story.
    """
    _wait_for_imports(session)
    taken = sorted(set(insight_ids))
    stories = set(session.scalars(select(Insight.story_id).where(Insight.id.in_(taken))))
    if len(stories) != 1:
        raise InputError("insights: must all be there, and belong to one story")
    (story,) = stories
    members = _members(session, story)
    rest = [member for member in members if member not in taken]
    if not rest or not set(taken) <= set(members):
        raise InputError("insights: name a part of the story, not all of it")
    staying, leaving = (rest, taken) if story not in taken else (taken, rest)
    new = leaving[0]
    session.execute(
        update(Insight)
        .where(Insight.id.in_(leaving))
        .values(story_id=new, thread_id=new)
        .execution_options(synchronize_session=False)
    )
    _divide_heritage(session, story, new, staying, leaving)
    _mend_links(session, staying, leaving)
    write_rows(
        session,
        StoryParting,
        ("one_id", "other_id", "by", "created_at"),
        [(*sorted(pair), by, now) for pair in _new_pairs(session, staying, leaving)],
    )
    mark_stale(session, members)
    return story, new


def _wait_for_imports(session: Session) -> None:
    """No insight may join a story while that is being taken apart."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": IMPORT_LOCK})


def _members(session: Session, story: int) -> list[int]:
    found = list(
        session.scalars(select(Insight.id).where(Insight.story_id == story).order_by(Insight.id))
    )
    if not found:
        raise NotFoundError(f"there is no story {story}")
    return found


def _link(session: Session, insight_id: int, *, to: int, by: str, now: dt.datetime) -> None:
    session.execute(delete(StoryLink).where(StoryLink.insight_id == insight_id))
    session.add(
        StoryLink(
            insight_id=insight_id,
            other_id=to,
            reason=StoryReason.BY_HAND.value,
            score=1.0,
            by=by,
            created_at=now,
        )
    )
    session.flush()


def _mend_links(session: Session, *parts: list[int]) -> None:
    """Let nobody be linked to the other part: the first of each part tells its story first."""
    for first, *others in parts:
        session.execute(delete(StoryLink).where(StoryLink.insight_id == first))
        session.execute(
            update(StoryLink)
            .where(StoryLink.insight_id.in_(others), StoryLink.other_id.not_in([first, *others]))
            .values(other_id=first)
            .execution_options(synchronize_session=False)
        )


def _divide_heritage(
    session: Session, story: int, new: int, staying: list[int], leaving: list[int]
) -> None:
    inherited = heritage_of(session, [story])
    came_back = [heir for heir in inherited if heir == Heir(story, new, None)]
    sources = {story} | {heir.from_story_id for heir in inherited}
    found = {Heir(new, source, insight) for source in sources - {new} for insight in leaving}
    if came_back:
        # the part had been a story of its own: who had that has had this one only by what stayed
        session.execute(
            delete(StoryHeritage).where(
                StoryHeritage.story_id == story,
                StoryHeritage.from_story_id == new,
                StoryHeritage.insight_id.is_(None),
            )
        )
        found |= {Heir(story, new, insight) for insight in staying}
    _inherit(session, sorted(found, key=lambda heir: (heir.story_id, heir[1:])))


def _inherit(session: Session, heirs: Iterable[Heir]) -> None:
    session.add_all(StoryHeritage(**heir._asdict()) for heir in heirs)
    session.flush()


def _forget_partings(session: Session, keeping: list[int], leaving: list[int]) -> None:
    for ours, theirs in ((keeping, leaving), (leaving, keeping)):
        session.execute(
            delete(StoryParting).where(
                StoryParting.one_id.in_(ours), StoryParting.other_id.in_(theirs)
            )
        )


def _new_pairs(session: Session, staying: list[int], leaving: list[int]) -> list[tuple[int, int]]:
    everybody = [*staying, *leaving]
    known = {
        (row.one_id, row.other_id)
        for row in session.execute(
            select(StoryParting.one_id, StoryParting.other_id).where(
                StoryParting.one_id.in_(everybody), StoryParting.other_id.in_(everybody)
            )
        )
    }
    pairs = [(min(one, other), max(one, other)) for one in staying for other in leaving]
    return [pair for pair in pairs if pair not in known]
