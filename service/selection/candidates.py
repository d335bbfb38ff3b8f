"""The insights a tick may choose from, loaded once as arrays."""

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from sqlalchemy import select
from sqlalchemy.orm import Session

from service.db.columns import is_one_of
from service.insights.models import Insight, InsightTally, InsightTopic, Podcast, Topic
from service.insights.speakers import speaker_key
from service.insights.vectors import model_in_use, read_vectors
from service.selection.rules import Rules

_NO_MODEL = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidates:
    """Parallel arrays, newest first; C insights, T topics they are about, D numbers of a vector.

    What has no podcast, episode or speaker has a negative number of its own there.
    """

    insight_ids: npt.NDArray[np.int64]  # (C,)
    story_ids: npt.NDArray[np.int64]  # (C,)
    thread_ids: npt.NDArray[np.int64]  # (C,)
    podcast_ids: npt.NDArray[np.int64]  # (C,)
    episode_ids: npt.NDArray[np.int64]  # (C,)
    speakers: npt.NDArray[np.int64]  # (C,) places in `speaker_keys`
    quality: npt.NDArray[np.float32]  # (C,) 0 to 1
    age_hours: npt.NDArray[np.float32]  # (C,)
    languages: npt.NDArray[np.str_]  # (C,)
    topics: npt.NDArray[np.float32]  # (C, T) 1 where the insight is about the topic
    shown: npt.NDArray[np.int64]  # (C,) briefs it was in
    liked: npt.NDArray[np.int64]  # (C,)
    disliked: npt.NDArray[np.int64]  # (C,)
    vectors: npt.NDArray[np.float32]  # (C, D) of length one, or zeros
    model_id: int  # whose vectors they are; 0: none
    model: str  # what profiles call it
    topic_ids: list[int]  # (T,)
    topic_names: list[str]  # (T,)
    speaker_keys: list[str]
    speaker_names: list[str]
    podcast_names: dict[int, str]

    def __len__(self) -> int:
        return len(self.insight_ids)


def load_candidates(
    session: Session, *, list_topic_ids: Collection[int], now: dt.datetime, rules: Rules
) -> Candidates:
    """Load what was published in the longest window before `now`, on the list's topics.

    Where there is too much of it for that, the newest, and the best of the week before them.
    """
    found = (
        select(
            Insight.id,
            Insight.story_id,
            Insight.thread_id,
            Insight.podcast_id,
            Insight.episode_id,
            Insight.speaker,
            Insight.quality,
            Insight.published_at,
            Insight.language,
            InsightTally.shown,
            InsightTally.liked,
            InsightTally.disliked,
        )
        .outerjoin(InsightTally, InsightTally.insight_id == Insight.id)
        .where(
            Insight.published_at <= now,
            Insight.published_at > now - dt.timedelta(hours=rules.furthest_hours),
            Insight.hidden.is_(False),
        )
    )
    if list_topic_ids:
        about = select(InsightTopic.insight_id).where(InsightTopic.topic_id.in_(list_topic_ids))
        found = found.where(Insight.id.in_(about))
    newest_first = Insight.published_at.desc(), Insight.id
    rows = list(session.execute(found.order_by(*newest_first).limit(rules.most_candidates)))
    if len(rows) == rules.most_candidates and rules.most_of_week:
        last = rows[-1]
        before = (Insight.published_at < last.published_at) | (
            (Insight.published_at == last.published_at) & (Insight.id > last.id)
        )
        week = Insight.published_at > now - dt.timedelta(hours=rules.week_hours)
        best = found.where(before, week).order_by(Insight.quality.desc(), *newest_first)
        rest = session.execute(best.limit(rules.most_of_week)).all()
        rows += sorted(rest, key=lambda row: (-row.published_at.timestamp(), row.id))
    ids = [row.id for row in rows]
    topic_ids, topic_names, topics = _topics(session, ids)
    speakers, speaker_keys, speaker_names = _speakers([row.speaker for row in rows])
    model = model_in_use(session)
    return Candidates(
        insight_ids=_numbers(ids),
        story_ids=_numbers([row.story_id for row in rows]),
        thread_ids=_numbers([row.thread_id or row.id for row in rows]),
        podcast_ids=_numbers_or_own([row.podcast_id for row in rows]),
        episode_ids=_numbers_or_own([row.episode_id for row in rows]),
        speakers=speakers,
        quality=np.array([row.quality for row in rows], dtype=np.float32),
        age_hours=_ages(rows, now),
        languages=np.array([row.language for row in rows], dtype=np.str_),
        topics=topics,
        shown=_numbers([row.shown or 0 for row in rows]),
        liked=_numbers([row.liked or 0 for row in rows]),
        disliked=_numbers([row.disliked or 0 for row in rows]),
        vectors=read_vectors(session, ids, model=model),
        model_id=model.id if model else _NO_MODEL,
        model=f"{model.name} {model.version}" if model else "",
        topic_ids=topic_ids,
        topic_names=topic_names,
        speaker_keys=speaker_keys,
        speaker_names=speaker_names,
        podcast_names=_podcast_names(session, {row.podcast_id for row in rows} - {None}),
    )


def _ages(rows: Sequence[Any], now: dt.datetime) -> npt.NDArray[np.float32]:
    hours = [(now - row.published_at).total_seconds() / 3600 for row in rows]
    return np.array(hours, dtype=np.float32)


def _numbers(values: Sequence[int]) -> npt.NDArray[np.int64]:
    return np.array(values, dtype=np.int64)


def _numbers_or_own(values: Sequence[int | None]) -> npt.NDArray[np.int64]:
    """Return numbers; a missing one is like no other, so that no cap counts it."""
    return _numbers([-1 - place if value is None else value for place, value in enumerate(values)])


def _speakers(names: Sequence[str | None]) -> tuple[npt.NDArray[np.int64], list[str], list[str]]:
    places: dict[str, int] = {}
    shown: list[str] = []
    numbers: list[int | None] = []
    for name in names:
        key = speaker_key(name or "")
        if key and key not in places:
            places[key] = len(places)
            shown.append(name or "")
        numbers.append(places[key] if key else None)
    return _numbers_or_own(numbers), list(places), shown


def _podcast_names(session: Session, ids: Collection[int]) -> dict[int, str]:
    found = session.execute(
        select(Podcast.id, Podcast.name).where(is_one_of(session, Podcast.id, sorted(ids)))
    )
    return {row.id: row.name for row in found}


def _topics(
    session: Session, insight_ids: list[int]
) -> tuple[list[int], list[str], npt.NDArray[np.float32]]:
    """Return the topics these insights are about, and which is about which: (C, T)."""
    links = session.execute(
        select(InsightTopic.insight_id, InsightTopic.topic_id, Topic.name)
        .join(Topic, Topic.id == InsightTopic.topic_id)
        .where(is_one_of(session, InsightTopic.insight_id, insight_ids))
    ).all()
    names = {topic_id: name for _, topic_id, name in links}
    topic_ids = sorted(names)
    column = {topic_id: place for place, topic_id in enumerate(topic_ids)}
    row_of = {insight_id: place for place, insight_id in enumerate(insight_ids)}
    matrix = np.zeros((len(insight_ids), len(topic_ids)), dtype=np.float32)
    for insight_id, topic_id, _ in links:
        matrix[row_of[insight_id], column[topic_id]] = 1.0
    return topic_ids, [names[topic_id] for topic_id in topic_ids], matrix
