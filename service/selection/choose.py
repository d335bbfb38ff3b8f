"""Choose for a page of readers at once: read their interests and history, score, pick, explain."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from sqlalchemy.orm import Session

from service.selection.candidates import NOBODY, Candidates
from service.selection.readership import had_before, interests_of
from service.selection.reasons import ReasonCode
from service.selection.scoring import (
    QUALITY_WEIGHT,
    RECENCY_WEIGHT,
    WINDOWS,
    affinity,
    recency_of,
    standing,
)
from service.selection.top_five import NEVER, Provenance, quick_picks, top_picks

_BLOCK = 64  # readers scored at once: their scores stay in the cache of the core
_FRESH, _QUALITY, _LIST_BEST, _FIRST_TOPIC = range(4)  # places in the list of every reason


class Reader(NamedTuple):
    """Whom to choose for."""

    subscriber_id: int
    language: str


class Choice(NamedTuple):
    """One pick, with the reason that was largest when it was made."""

    position: int  # among the candidates
    insight_id: int
    story_id: int
    score: float
    reason: ReasonCode
    argument: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What a list sets for its briefs."""

    list_name: str
    language: str
    picks: int


class Chooser:
    """Holds one tick's candidates and what is the same for every reader."""

    def __init__(self, candidates: Candidates, rules: Rules) -> None:
        self.candidates = candidates
        self.rules = rules
        self._standing = standing(candidates.quality, candidates.age_hours)
        self._recency = RECENCY_WEIGHT * recency_of(candidates.age_hours)
        self._provenance = Provenance(
            stories=candidates.story_ids.tolist(),
            podcasts=[None if i == NOBODY else i for i in candidates.podcast_ids.tolist()],
            episodes=[None if i == NOBODY else i for i in candidates.episode_ids.tolist()],
        )
        self._every_reason = [
            (ReasonCode.FRESH, ""),
            (ReasonCode.QUALITY, ""),
            (ReasonCode.LIST_BEST, rules.list_name),
            *((ReasonCode.TOPIC, name) for name in candidates.topic_names),
        ]
        hours = [window.total_seconds() / 3600 for window in WINDOWS]
        self._too_old = [candidates.age_hours > limit for limit in hours]
        self._new = int(np.count_nonzero(~self._too_old[0]))  # newest first, so these are first

    def choose(self, session: Session, readers: Sequence[Reader]) -> list[list[Choice]]:
        """Return each reader's picks, best first; an empty list when nothing is left for them."""
        candidates = self.candidates
        if not len(candidates) or not readers:
            return [[] for _ in readers]
        people = [reader.subscriber_id for reader in readers]
        weights = interests_of(session, people, topic_ids=candidates.topic_ids)
        had = had_before(session, people, candidates.story_ids)
        choices = []
        for start in range(0, len(readers), _BLOCK):
            block = slice(start, start + _BLOCK)
            choices += self._choose_for(readers[block], weights[block], had[block])
        return choices

    def _choose_for(
        self,
        readers: Sequence[Reader],
        weights: npt.NDArray[np.float32],
        had: npt.NDArray[np.bool_],
    ) -> list[list[Choice]]:
        scores = affinity(weights, self.candidates.topics)
        scores += self._standing
        np.copyto(scores, NEVER, where=had)
        self._leave_out_other_languages(scores, readers)
        picks = self.rules.picks
        chosen = [
            quick if len(quick) == picks else self._picks(scores[row])
            for row, quick in enumerate(
                quick_picks(scores[:, : self._new], self._provenance, picks=picks)
            )
        ]
        return self._explained(chosen, scores, weights)

    def _picks(self, scores: npt.NDArray[np.float32]) -> list[int]:
        """Look back no further than it takes to fill the brief."""
        chosen: list[int] = []
        for too_old in self._too_old:
            within = np.where(too_old, NEVER, scores)
            chosen = top_picks(within, self._provenance, picks=self.rules.picks)
            if len(chosen) == self.rules.picks:
                break
        return chosen

    def _explained(
        self,
        chosen: list[list[int]],
        scores: npt.NDArray[np.float32],
        weights: npt.NDArray[np.float32],
    ) -> list[list[Choice]]:
        rows = np.repeat(np.arange(len(chosen)), [len(positions) for positions in chosen])
        positions = np.array([place for row in chosen for place in row], dtype=np.int64)
        columns = (
            positions,
            self.candidates.insight_ids[positions],
            self.candidates.story_ids[positions],
            scores[rows, positions].astype(np.float64),
        )
        explained = (
            Choice(position, insight_id, story_id, round(score, 4), *reason)
            for position, insight_id, story_id, score, reason in zip(
                *(column.tolist() for column in columns),
                self._reasons(positions, weights, rows),
                strict=True,
            )
        )
        return [list(itertools.islice(explained, len(row))) for row in chosen]

    def _reasons(
        self,
        positions: npt.NDArray[np.int64],
        weights: npt.NDArray[np.float32],
        rows: npt.NDArray[np.int64],
    ) -> list[tuple[ReasonCode, str]]:
        """Return the reason of each pick, the one at `positions[i]` for the reader `rows[i]`."""
        quality = QUALITY_WEIGHT * self.candidates.quality[positions]
        found = np.where(quality > self._recency[positions], _QUALITY, _FRESH)
        found[np.count_nonzero(weights, axis=1)[rows] > 0] = _LIST_BEST
        matched = weights[rows] * self.candidates.topics[positions]
        about = np.flatnonzero(matched.any(axis=1))
        if about.size:
            found[about] = _FIRST_TOPIC + matched[about].argmax(axis=1)
        return [self._every_reason[number] for number in found.tolist()]

    def _leave_out_other_languages(
        self, scores: npt.NDArray[np.float32], readers: Sequence[Reader]
    ) -> None:
        ours = self.candidates.languages == self.rules.language
        rows_by_language: dict[str, list[int]] = {}
        for row, reader in enumerate(readers):
            rows_by_language.setdefault(reader.language, []).append(row)
        for language, rows in rows_by_language.items():
            foreign = np.flatnonzero(~(ours | (self.candidates.languages == language)))
            if foreign.size:
                scores[np.ix_(np.array(rows), foreign)] = NEVER
