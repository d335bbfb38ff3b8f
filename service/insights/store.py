"""Put insights into the store, a batch at a time: new ones in, changed ones put right."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, text, update
from sqlalchemy.orm import Session

from service.db.bulk import write_rows
from service.db.row_ids import row_ids
from service.insights.known_insights import Entering
from service.insights.models import Insight, InsightTopic
from service.insights.provenance import find_or_create_episodes, find_or_create_podcasts
from service.insights.queries import (
    StoredInsight,
    stored_insights,
    topic_ids_of_insights,
)
from service.insights.related_marks import mark_new, mark_stale
from service.insights.stories import IMPORT_LOCK, stories_of, write_links
from service.insights.term_index import replace_terms, write_terms
from service.insights.threads import write_joined
from service.insights.topics import find_or_create_topics
from service.insights.understanding.load_model import load_text_model, model_of_words
from service.insights.understanding.telling import Reader
from service.insights.understanding.text_model import TextModel, Vectors
from service.insights.values import NewInsight, StoreTally
from service.insights.vectors import replace_vectors, told_text, use_model, write_vectors

_COMPARED = (
    "text",
    "headline",
    "podcast_id",
    "episode_id",
    "speaker",
    "timecode",
    "url",
    "quality",
    "language",
)
_COLUMNS = (
    "id",
    "key",
    "text_hash",
    "story_id",
    "thread_id",
    *_COMPARED,
    "published_at",
    "created_at",
    "hidden",
)


@dataclass(frozen=True, slots=True)
class _Placed:
    """An insight whose podcast, episode and topics have ids."""

    insight: NewInsight
    compared: tuple[Any, ...]  # in the order of _COMPARED
    topic_ids: frozenset[int]
    episode_moved: bool


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads what insights are about, and keeps it."""

    session: Session
    model: TextModel
    now: dt.datetime

    def keep(self, ids: Sequence[int], vectors: Vectors) -> None:
        stored = use_model(self.session, self.model, now=self.now)
        write_vectors(self.session, ids, vectors, model=stored)

    def read_again(self, ids: Sequence[int], insights: Sequence[NewInsight]) -> None:
        if not ids:
            return
        vectors = self.model.vectors([told_text(one.headline, one.text) for one in insights])
        stored = use_model(self.session, self.model, now=self.now)
        replace_vectors(self.session, ids, vectors, model=stored)


def store_insights(
    session: Session,
    insights: Sequence[NewInsight],
    *,
    now: dt.datetime,
    model: TextModel | None = None,
) -> StoreTally:
    """Store `insights`, each key once among them; what is there and the same is left alone.

    An insight that says what another said, in the same words or in others, belongs to that one's
    story; one whose text is put right stays in the story it was in, so that nobody gets the
    correction as news.
    `model` reads what they are about; without one it is the best that is there.
    """
    if not insights:
        return StoreTally()
    _one_import_at_a_time(session)
    placed = _place(session, insights)
    known = stored_insights(session, keys=[one.insight.key for one in placed])
    new = [one for one in placed if one.insight.key not in known]
    reader = _Reader(session, model or load_text_model(), now)
    _insert(session, new, reader)
    updated = _update(session, [one for one in placed if one.insight.key in known], known, reader)
    return StoreTally(added=len(new), updated=updated, unchanged=len(placed) - len(new) - updated)


def _one_import_at_a_time(session: Session) -> None:
    """Two imports that bring one text at one moment must not begin two stories of it."""
    if session.get_bind().dialect.name == "postgresql":  # SQLite's writers queue as it is
        session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": IMPORT_LOCK})


def _place(session: Session, insights: Sequence[NewInsight]) -> list[_Placed]:
    podcasts = find_or_create_podcasts(session, {one.podcast for one in insights if one.podcast})
    addresses: dict[tuple[int, str], str | None] = {}
    topics: dict[str, str] = {}
    for one in insights:
        if one.podcast and one.episode:
            place = (podcasts[one.podcast], one.episode)
            addresses[place] = one.episode_url or addresses.get(place)
        topics.update(one.topics)
    episodes = find_or_create_episodes(session, addresses)
    topic_ids = find_or_create_topics(session, topics)
    placed = []
    for one in insights:
        podcast_id = podcasts[one.podcast] if one.podcast else None
        episode_id = episodes.ids[podcast_id, one.episode] if podcast_id and one.episode else None
        compared = (
            *(one.text, one.headline, podcast_id, episode_id, one.speaker, one.timecode),
            *(one.url, one.quality, one.language),
        )
        placed.append(
            _Placed(
                one,
                compared,
                frozenset(topic_ids[slug] for slug in one.topics),
                episode_moved=episode_id in episodes.moved and one.episode_url is not None,
            )
        )
    return placed


def _insert(session: Session, new: Sequence[_Placed], reader: _Reader) -> None:
    if not new:
        return
    ids = row_ids(session, Insight, len(new))
    entering = [
        Entering(
            insight_id,
            told_text(one.insight.headline, one.insight.text),
            one.insight.text_hash,
            one.insight.language,
            one.insight.published_at or reader.now,
        )
        for insight_id, one in zip(ids, new, strict=True)
    ]
    texts = [one.told for one in entering]
    words = model_of_words()
    vectors = reader.model.vectors(texts)
    stories = stories_of(
        session,
        entering,
        vectors if words is reader.model else words.vectors(texts),
        reader=Reader(words),
    )
    rows, topic_rows = [], []
    for insight_id, one in zip(ids, new, strict=True):
        insight = one.insight
        groups = (stories.story_ids[insight_id], stories.threads.thread_ids[insight_id])
        named = (insight_id, insight.key, insight.text_hash, *groups)
        rows.append((*named, *one.compared, insight.published_at or reader.now, reader.now, False))
        topic_rows += [(insight_id, topic_id) for topic_id in sorted(one.topic_ids)]
    write_rows(session, Insight, _COLUMNS, rows)
    write_rows(session, InsightTopic, ("insight_id", "topic_id"), topic_rows)
    write_joined(session, stories.threads)
    write_links(session, stories.links, now=reader.now)
    write_terms(session, stories.terms)
    reader.keep(ids, vectors)
    mark_new(session, ids)


def _update(
    session: Session,
    again: Sequence[_Placed],
    known: dict[str, StoredInsight],
    reader: _Reader,
) -> int:
    """Put right the rows that differ; return how many insights changed in any way."""
    if not again:
        return 0
    topics = topic_ids_of_insights(session, ids=[known[one.insight.key].id for one in again])
    rows, retold, reworded, changed = [], [], [], 0
    for one in again:
        row = known[one.insight.key]
        published_at = one.insight.published_at or row.published_at
        before = (*(getattr(row, name) for name in _COMPARED), row.published_at)
        after = (*one.compared, published_at)
        if before != after:
            named = dict(zip((*_COMPARED, "published_at"), after, strict=True))
            text_hash = one.insight.text_hash
            rows.append({"id": row.id, "text_hash": text_hash, "changed_at": reader.now, **named})
            if (one.insight.text, one.insight.headline) != (row.text, row.headline):
                reworded.append((row.id, one.insight))
                replace_terms(
                    session,
                    row.id,
                    before=told_text(row.headline, row.text),
                    after=told_text(one.insight.headline, one.insight.text),
                )
        if topics.get(row.id, set()) != one.topic_ids:
            retold.append((row.id, one.topic_ids))
        changed += before != after or one.episode_moved or bool(retold and retold[-1][0] == row.id)
    if rows:
        session.execute(update(Insight), rows)
    reworded_ids = [row_id for row_id, _ in reworded]
    reader.read_again(reworded_ids, [one for _, one in reworded])
    mark_stale(session, reworded_ids)
    _replace_topics(session, retold)
    return changed


def _replace_topics(session: Session, retold: Iterable[tuple[int, frozenset[int]]]) -> None:
    wanted = dict(retold)
    if not wanted:
        return
    session.execute(delete(InsightTopic).where(InsightTopic.insight_id.in_(wanted)))
    rows = [
        (insight_id, topic) for insight_id, topics in wanted.items() for topic in sorted(topics)
    ]
    write_rows(session, InsightTopic, ("insight_id", "topic_id"), rows)
