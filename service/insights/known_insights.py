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
from service.insights.understanding.stretches import Ids
from service.insights.understanding.telling import Reader, Telling
from service.insights.understanding.text_model import Vectors
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
        others = np.array([other for found in candidates.values() for other in found], np.int64)
        ones = np.repeat(
            np.array(list(candidates), np.int64), [len(found) for found in candidates.values()]
        )
        self._read_vectors(set(others.tolist()))
        likeness = self._likeness(ones, others)
        near = np.flatnonzero(likeness >= least)
        self.fetch(set(others[near].tolist()))
        near = near[self._tongues(ones[near]) == self._tongues(others[near])]
        ones, others, likeness = ones[near], others[near], likeness[near]
        ids, rows = np.unique(np.concatenate([ones, others]), return_inverse=True)
        shared = shared_stems_of(self.tellings(ids.tolist()), rows[: len(ones)], rows[len(ones) :])
        found: dict[int, list[Near]] = {}
        pairs = map(Near, others.tolist(), likeness.tolist(), shared.tolist())
        for one, pair in zip(ones.tolist(), pairs, strict=True):
            found.setdefault(one, []).append(pair)
        return found

    def _likeness(self, ones: Ids, others: Ids) -> npt.NDArray[np.float32]:
        """Return the cosine of each pair; less than any for what is no longer there."""
        found = np.full(len(ones), -np.inf, np.float32)
        ids = np.array(sorted(self._vectors), np.int64)
        matrix = self._rows(ids.tolist())
        rows = np.searchsorted(ids, others)
        there = np.flatnonzero(ids[np.minimum(rows, len(ids) - 1)] == others)
        our_rows = np.searchsorted(ids, ones)
        for start in range(0, len(there), _PAIRS_AT_ONCE):
            page = there[start : start + _PAIRS_AT_ONCE]
            found[page] = np.einsum("ij,ij->i", matrix[our_rows[page]], matrix[rows[page]])
        return found

    def _tongues(self, ids: Ids) -> npt.NDArray[np.object_]:
        """Return the language of each insight, of whatever country."""
        distinct, places = np.unique(ids, return_inverse=True)
        tongues = np.array([self._tongue(one) for one in distinct.tolist()], dtype=object)
        found: npt.NDArray[np.object_] = tongues[places]
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

    def _tongue(self, insight_id: int) -> str:
        found = self._entering.get(insight_id) or self._stored.get(insight_id)
        return found.language.partition("-")[0] if found else f"gone {insight_id}"

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
        return Matters([telling.read for telling in self.tellings(ids)], self._rows(ids))

    def _told(self, insight_id: int) -> str:
        if insight_id in self._entering:
            return self._entering[insight_id].told
        stored = self._stored[insight_id]
        return told_text(stored.headline, stored.text)
