"""Search all insights by words and meaning, and find what is nearest to a text."""

from collections.abc import Collection, Sequence
from typing import NamedTuple

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from service.insights.matching import insights_with_words
from service.insights.models import Insight
from service.insights.nearness import nearness_of, rarest_words
from service.insights.understanding.text_model import TextModel, Vectors
from service.insights.vectors import model_in_use, read_vectors, told_text

MOST_CANDIDATES = 240
_ASKED_WORDS = 10
_FAR = 0.4  # of the best score: what is farther shares a word by chance


class Near(NamedTuple):
    """An insight and how near it is, 0 to 1."""

    insight_id: int
    story_id: int
    podcast_id: int | None
    episode_id: int | None
    headline: str | None
    text: str
    score: float


def search(session: Session, words: str, *, model: TextModel, limit: int = 20) -> list[Near]:
    """Return the insights nearest to what somebody typed, nearest first, one of each story."""
    vector = vector_of(session, words, model=model)
    found = nearest(session, words, vector)
    best: dict[int, Near] = {}
    for near in found:
        if near.score >= _FAR * found[0].score:
            best.setdefault(near.story_id, near)
    return list(best.values())[:limit]


def nearest(
    session: Session,
    text: str,
    vector: Vectors,
    *,
    others: Collection[int] = (),
    without_story: int | None = None,
) -> list[Near]:
    """Return visible insights by their nearness to `text`, among those that share words with it.

    `others` are looked at besides: neighbours somebody else knows of.
    """
    words = rarest_words(text, most=_ASKED_WORDS)
    ids = insights_with_words(session, words, most=MOST_CANDIDATES)
    rows = _rows(session, [*ids, *(set(others) - set(ids))], without_story)
    if not rows:
        return []
    vectors = read_vectors(session, [row.id for row in rows])
    texts = [told_text(row.headline, row.text) for row in rows]
    scores = nearness_of(text, vector, texts, vectors)
    found = [
        Near(*row, round(score, 4))
        for row, score in zip(rows, scores.tolist(), strict=True)
        if score > 0
    ]
    return sorted(found, key=lambda near: (-near.score, -near.insight_id))


def vector_of(session: Session, text: str, *, model: TextModel) -> Vectors:
    """Return what `model` makes of a text, or zeros when the vectors stored are another's."""
    stored = model_in_use(session)
    if stored is None:
        return np.zeros(0, dtype=np.float32)
    if (stored.name, stored.version) != (model.name, model.version):
        return np.zeros(stored.size, dtype=np.float32)
    vector: Vectors = model.vectors([text])[0]
    return vector


def _rows(session: Session, ids: Sequence[int], without_story: int | None) -> Sequence["_Row"]:
    statement = select(
        Insight.id,
        Insight.story_id,
        Insight.podcast_id,
        Insight.episode_id,
        Insight.headline,
        Insight.text,
    ).where(Insight.id.in_(ids), Insight.hidden.is_(False))
    if without_story is not None:
        statement = statement.where(Insight.story_id != without_story)
    return [_Row._make(row) for row in session.execute(statement.order_by(Insight.id))]


class _Row(NamedTuple):
    id: int
    story_id: int
    podcast_id: int | None
    episode_id: int | None
    headline: str | None
    text: str
