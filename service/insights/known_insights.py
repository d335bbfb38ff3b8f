"""Insights that new ones are held against: each read once, and no earlier than it is asked for."""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from service.db.columns import is_one_of
from service.insights.models import Insight
from service.insights.understanding.fused_nearness import Matter, matters_of
from service.insights.understanding.telling import Reader, Telling
from service.insights.understanding.text_model import Vectors
from service.insights.vectors import read_vectors, stored_model, told_text

_READ_AT_ONCE = 1_000

Likeness = Sequence[tuple[int, float]]  # of others, the cosine of each


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
        self._asked_for = set(self._entering)
        self._vectors = {one.id: vector for one, vector in zip(entering, vectors, strict=True)}
        self._tellings: dict[int, Telling] = {}
        self._matters: dict[int, Matter] = {}

    def likeness(self, candidates: Mapping[int, Sequence[int]]) -> dict[int, Likeness]:
        """Return how like each insight is to each of its candidates: all in one product.

        Candidates that are no longer in the store are left out.
        """
        wanted = {other for others in candidates.values() for other in others}
        self._read_vectors(wanted)
        known = sorted(wanted & self._vectors.keys())
        if not known:
            return {}
        row_of = {insight_id: row for row, insight_id in enumerate(known)}
        matrix = np.stack([self._vectors[insight_id] for insight_id in known])
        found: dict[int, Likeness] = {}
        for insight_id, others in candidates.items():
            there = [other for other in others if other in row_of]
            if there:
                near = matrix[[row_of[other] for other in there]] @ self._vectors[insight_id]
                found[insight_id] = list(zip(there, near.tolist(), strict=True))
        return found

    def fetch(self, ids: Collection[int]) -> None:
        """Look up many at once; whom this was done for is not looked up again."""
        wanted = sorted({one for one in ids if one not in self._asked_for})
        self._asked_for.update(wanted)
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
            found = (_Stored._make(row) for row in self._session.execute(statement))
            self._stored.update({one.id: one for one in found})

    def _read_vectors(self, ids: Collection[int]) -> None:
        """Take them from the store; what another model read there is read again."""
        unread = sorted({insight_id for insight_id in ids if insight_id not in self._vectors})
        if not unread:
            return
        model = stored_model(self._session, self._reader.model)
        if model is not None:
            for start in range(0, len(unread), _READ_AT_ONCE):
                page = unread[start : start + _READ_AT_ONCE]
                vectors = read_vectors(self._session, page, model=model)
                for place in np.flatnonzero(vectors.any(axis=1)).tolist():
                    self._vectors[page[place]] = vectors[place]
        missing = [insight_id for insight_id in unread if insight_id not in self._vectors]
        self.fetch(missing)
        there = [insight_id for insight_id in missing if insight_id in self._stored]
        read = self._reader.model.vectors([self._told(one) for one in there])
        self._vectors.update(zip(there, read, strict=True))

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

    def _rows(self, ids: Sequence[int]) -> Vectors:
        self._read_vectors(ids)
        return np.stack([self._vectors[insight_id] for insight_id in ids])

    def tellings(self, ids: Sequence[int]) -> list[Telling]:
        """Return what each says."""
        unread = [insight_id for insight_id in ids if insight_id not in self._tellings]
        if unread:
            texts = [self._told(insight_id) for insight_id in unread]
            read = self._reader.read(texts, self._rows(unread))
            self._tellings.update(zip(unread, read, strict=True))
        return [self._tellings[insight_id] for insight_id in ids]

    def matters(self, ids: Sequence[int]) -> list[Matter]:
        """Return what each is about."""
        unread = [insight_id for insight_id in ids if insight_id not in self._matters]
        if unread:
            read = matters_of([self._told(one) for one in unread], self._rows(unread))
            self._matters.update(zip(unread, read, strict=True))
        return [self._matters[insight_id] for insight_id in ids]

    def _told(self, insight_id: int) -> str:
        if insight_id in self._entering:
            return self._entering[insight_id].told
        stored = self._stored[insight_id]
        return told_text(stored.headline, stored.text)


def _tongue(language: str) -> str:
    return language.partition("-")[0]
