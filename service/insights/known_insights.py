"""Insights that new ones are held against: each read once, and no earlier than it is asked for."""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from sqlalchemy import select
from sqlalchemy.orm import Session

from service.db.columns import is_one_of
from service.insights.models import Insight
from service.insights.understanding.fused_nearness import Matters
from service.insights.understanding.shared_stems import shared_stems_of
from service.insights.understanding.telling import Reader, Telling
from service.insights.understanding.text_model import Vectors
from service.insights.understanding.words import words_of
from service.insights.vectors import read_vectors, stored_model, told_text

_READ_AT_ONCE = 1_000

_PAIRS_AT_ONCE = 4_096


class Near(NamedTuple):
    """Another insight, and two cosines."""

    other: int
    likeness: float  # of the vectors
    shared: float  # of the stems, by rarity


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

    def alike(
        self, candidates: Mapping[int, Sequence[int]], *, least: float
    ) -> dict[int, list[Near]]:
        """Return how like each insight is to those of its candidates that are `least` alike.

        All in one product. Left out are candidates that are no longer in the store, and those in
        another language.
        """
        wanted = {other for others in candidates.values() for other in others}
        self._read_vectors(wanted)
        pairs = [
            (one, other)
            for one, others in candidates.items()
            for other in others
            if other in self._vectors
        ]
        likeness = self._likeness(pairs)
        near = [(pairs[place], likeness[place]) for place in np.flatnonzero(likeness >= least)]
        self.fetch({other for (_, other), _ in near})
        near = [(pair, cosine) for pair, cosine in near if self._speak_alike(*pair)]
        ids = sorted({insight_id for pair, _ in near for insight_id in pair})
        row_of = {insight_id: row for row, insight_id in enumerate(ids)}
        shared = shared_stems_of(
            self.tellings(ids), [(row_of[one], row_of[other]) for (one, other), _ in near]
        ).tolist()
        found: dict[int, list[Near]] = {}
        for ((one, other), cosine), in_stems in zip(near, shared, strict=True):
            found.setdefault(one, []).append(Near(other, float(cosine), in_stems))
        return found

    def _likeness(self, pairs: Sequence[tuple[int, int]]) -> npt.NDArray[np.float32]:
        if not pairs:
            return np.zeros(0, dtype=np.float32)
        ids = sorted({insight_id for pair in pairs for insight_id in pair})
        row_of = {insight_id: row for row, insight_id in enumerate(ids)}
        matrix = self._rows(ids)
        rows = np.array([(row_of[one], row_of[other]) for one, other in pairs])
        return np.concatenate(
            [
                np.einsum("ij,ij->i", matrix[part[:, 0]], matrix[part[:, 1]])
                for part in np.split(rows, range(_PAIRS_AT_ONCE, len(rows), _PAIRS_AT_ONCE))
            ]
        )

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

    def _speak_alike(self, one: int, other: int) -> bool:
        """Return whether two insights are there and in one language."""
        ours, theirs = self._tongue(one), self._tongue(other)
        return ours is not None and ours == theirs

    def _tongue(self, insight_id: int) -> str | None:
        found = self._entering.get(insight_id) or self._stored.get(insight_id)
        return found and found.language.partition("-")[0]

    def _rows(self, ids: Sequence[int]) -> Vectors:
        self._read_vectors(ids)
        return np.array([self._vectors[insight_id] for insight_id in ids])

    def tellings(self, ids: Sequence[int]) -> list[Telling]:
        """Return what each says."""
        unread = [insight_id for insight_id in ids if insight_id not in self._tellings]
        if unread:
            texts = [self._told(insight_id) for insight_id in unread]
            read = self._reader.read(texts, self._rows(unread))
            self._tellings.update(zip(unread, read, strict=True))
        return [self._tellings[insight_id] for insight_id in ids]

    def matters(self, ids: Sequence[int]) -> Matters:
        """Return what some are about, in their order."""
        return Matters([words_of(self._told(one)) for one in ids], self._rows(ids))

    def _told(self, insight_id: int) -> str:
        if insight_id in self._entering:
            return self._entering[insight_id].told
        stored = self._stored[insight_id]
        return told_text(stored.headline, stored.text)
