"""Insights that new ones are held against: each read once, and no earlier than it is asked for."""

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from service.db.columns import is_one_of
from service.insights.models import Insight
from service.insights.understanding.fused_nearness import Matter, matter_of
from service.insights.understanding.telling import Reader, Telling
from service.insights.understanding.text_model import Vectors
from service.insights.vectors import read_vectors, stored_model, told_text

_READ_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class Entering:
    """An insight that is about to be stored."""

    id: int
    told: str  # headline and text
    text_hash: str
    language: str
    published_at: dt.datetime


class _Stored(NamedTuple):
    """What is looked at of an insight that is in the store."""

    id: int
    story_id: int
    thread_id: int | None
    language: str
    published_at: dt.datetime
    headline: str | None
    text: str


class Known:
    """Those entering, and the stored ones they may have to do with."""

    def __init__(
        self, session: Session, reader: Reader, entering: Sequence[Entering], vectors: Vectors
    ) -> None:
        self._session = session
        self._reader = reader
        self._entering = {one.id: one for one in entering}
        self._stored: dict[int, _Stored] = {}
        self._vectors = {one.id: vector for one, vector in zip(entering, vectors, strict=True)}
        self._tellings: dict[int, Telling] = {}
        self._matters: dict[int, Matter] = {}

    def fetch(self, ids: Collection[int]) -> None:
        """Look up many at once."""
        wanted = sorted(set(ids) - set(self._stored) - set(self._entering))
        model = stored_model(self._session, self._reader.model)
        for start in range(0, len(wanted), _READ_AT_ONCE):
            page = wanted[start : start + _READ_AT_ONCE]
            statement = select(
                Insight.id,
                Insight.story_id,
                Insight.thread_id,
                Insight.language,
                Insight.published_at,
                Insight.headline,
                Insight.text,
            ).where(is_one_of(self._session, Insight.id, page))
            found = [_Stored._make(row) for row in self._session.execute(statement)]
            self._stored.update({one.id: one for one in found})
            if model is not None:
                vectors = read_vectors(self._session, [one.id for one in found], model=model)
                self._vectors.update(
                    {one.id: row for one, row in zip(found, vectors, strict=True) if row.any()}
                )

    def story_of(self, insight_id: int, entered: dict[int, int]) -> int:
        """Return the story of an insight; `entered` are those of the batch so far."""
        if insight_id in entered:
            return entered[insight_id]
        self.fetch([insight_id])
        return self._stored[insight_id].story_id

    def thread_of(self, insight_id: int) -> int:
        """Return the thread of a stored insight; its own when it was never grouped."""
        self.fetch([insight_id])
        return self._stored[insight_id].thread_id or insight_id

    def published_at(self, insight_id: int) -> dt.datetime:
        other = self._entering.get(insight_id) or self._stored[insight_id]
        return other.published_at

    def speaks_as(self, insight_id: int, one: Entering) -> bool:
        """Return whether an insight is there and in the language of another."""
        other = self._entering.get(insight_id) or self._stored.get(insight_id)
        return other is not None and _tongue(other.language) == _tongue(one.language)

    def vectors(self, ids: Sequence[int]) -> Vectors:
        """Return a row for each, by the model of the reader."""
        unread = [insight_id for insight_id in ids if insight_id not in self._vectors]
        if unread:
            vectors = self._reader.model.vectors([self._told(one) for one in unread])
            self._vectors.update(zip(unread, vectors, strict=True))
        return np.stack([self._vectors[insight_id] for insight_id in ids])

    def tellings(self, ids: Sequence[int]) -> list[Telling]:
        """Return what each says."""
        unread = [insight_id for insight_id in ids if insight_id not in self._tellings]
        if unread:
            texts = [self._told(insight_id) for insight_id in unread]
            read = self._reader.read(texts, self.vectors(unread))
            self._tellings.update(zip(unread, read, strict=True))
        return [self._tellings[insight_id] for insight_id in ids]

    def matters(self, ids: Sequence[int]) -> list[Matter]:
        """Return what each is about."""
        for insight_id in ids:
            if insight_id not in self._matters:
                (vector,) = self.vectors([insight_id])
                self._matters[insight_id] = matter_of(self._told(insight_id), vector)
        return [self._matters[insight_id] for insight_id in ids]

    def _told(self, insight_id: int) -> str:
        if insight_id in self._entering:
            return self._entering[insight_id].told
        stored = self._stored[insight_id]
        return told_text(stored.headline, stored.text)


def _tongue(language: str) -> str:
    return language.partition("-")[0]
