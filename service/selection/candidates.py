"""The insights a tick may choose from, loaded once as arrays."""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sqlalchemy import select
from sqlalchemy.orm import Session

from service.insights.models import Insight, InsightTopic, Topic
from service.selection.scoring import WINDOWS

MOST_CANDIDATES = 2_000
NOBODY = -1  # stands for a missing podcast or episode, which no cap counts


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidates:
    """Parallel arrays, newest first; C insights, T topics."""

    insight_ids: npt.NDArray[np.int64]  # (C,)
    story_ids: npt.NDArray[np.int64]  # (C,)
    podcast_ids: npt.NDArray[np.int64]  # (C,) or NOBODY
    episode_ids: npt.NDArray[np.int64]  # (C,) or NOBODY
    quality: npt.NDArray[np.float32]  # (C,) 0 to 1
    age_hours: npt.NDArray[np.float32]  # (C,)
    languages: npt.NDArray[np.str_]  # (C,)
    topics: npt.NDArray[np.float32]  # (C, T) 1 where the insight is about the topic
    topic_ids: list[int]  # (T,)
    topic_names: list[str]  # (T,)

    def __len__(self) -> int:
        return len(self.insight_ids)


def load_candidates(
    session: Session, *, list_topic_ids: Collection[int], now: dt.datetime
) -> Candidates:
    """Load what was published in the longest window before `now`, on the list's topics."""
    wanted = (
        select(
            Insight.id,
            Insight.story_id,
            Insight.podcast_id,
            Insight.episode_id,
            Insight.quality,
            Insight.published_at,
            Insight.language,
        )
        .where(
            Insight.published_at <= now,
            Insight.published_at > now - WINDOWS[-1],
            Insight.hidden.is_(False),
        )
        .order_by(Insight.published_at.desc(), Insight.id)
        .limit(MOST_CANDIDATES)
    )
    if list_topic_ids:
        about = select(InsightTopic.insight_id).where(InsightTopic.topic_id.in_(list_topic_ids))
        wanted = wanted.where(Insight.id.in_(about))
    rows = session.execute(wanted).all()
    ids = [row.id for row in rows]
    topic_ids, topic_names, matrix = _topic_matrix(session, ids)
    return Candidates(
        insight_ids=np.array(ids, dtype=np.int64),
        story_ids=np.array([row.story_id for row in rows], dtype=np.int64),
        podcast_ids=np.array([row.podcast_id or NOBODY for row in rows], dtype=np.int64),
        episode_ids=np.array([row.episode_id or NOBODY for row in rows], dtype=np.int64),
        quality=np.array([row.quality for row in rows], dtype=np.float32),
        age_hours=np.array(
            [(now - row.published_at).total_seconds() / 3600 for row in rows], dtype=np.float32
        ),
        languages=np.array([row.language for row in rows], dtype=np.str_),
        topics=matrix,
        topic_ids=topic_ids,
        topic_names=topic_names,
    )


def _topic_matrix(
    session: Session, insight_ids: list[int]
) -> tuple[list[int], list[str], npt.NDArray[np.float32]]:
    topics = session.execute(select(Topic.id, Topic.name).order_by(Topic.id)).all()
    column = {topic.id: position for position, topic in enumerate(topics)}
    row_of = {insight_id: position for position, insight_id in enumerate(insight_ids)}
    matrix = np.zeros((len(insight_ids), len(topics)), dtype=np.float32)
    if insight_ids:
        links = session.execute(
            select(InsightTopic.insight_id, InsightTopic.topic_id).where(
                InsightTopic.insight_id.in_(insight_ids)
            )
        )
        for insight_id, topic_id in links:
            matrix[row_of[insight_id], column[topic_id]] = 1.0
    return [topic.id for topic in topics], [topic.name for topic in topics], matrix
