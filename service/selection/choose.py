"""Choose for a page of readers at once: read their interests and history, score, pick, explain."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sqlalchemy import BigInteger, select
from sqlalchemy.orm import Session

from service.audience.models import Interest
from service.db.bulk import rows_as_table
from service.ledger.models import Shown
from service.selection.candidates import NOBODY, Candidates
from service.selection.reasons import ReasonCode
from service.selection.scoring import (
    QUALITY_WEIGHT,
    RECENCY_WEIGHT,
    WINDOWS,
    affinity,
    recency_of,
    standing,
)
from service.selection.top_five import NEVER, Provenance, top_picks


@dataclass(frozen=True, slots=True)
class Reader:
    """Whom to choose for."""

    subscriber_id: int
    language: str


@dataclass(frozen=True, slots=True)
class Choice:
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
        hours = [window.total_seconds() / 3600 for window in WINDOWS]
        self._too_old = [candidates.age_hours > limit for limit in hours]

    def choose(self, session: Session, readers: Sequence[Reader]) -> list[list[Choice]]:
        """Return each reader's picks, best first; an empty list when nothing is left for them."""
        if not len(self.candidates) or not readers:
            return [[] for _ in readers]
        weights = interests_of(session, readers, topic_ids=self.candidates.topic_ids)
        scores = affinity(weights, self.candidates.topics) + self._standing
        scores[had_before(session, readers, self.candidates)] = NEVER
        self._leave_out_other_languages(scores, readers)
        return [
            self._explained(self._picks(scores[row]), scores[row], weights[row])
            for row in range(len(readers))
        ]

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
        positions: list[int],
        scores: npt.NDArray[np.float32],
        weights: npt.NDArray[np.float32],
    ) -> list[Choice]:
        follows_something = bool(weights.any())
        choices = []
        for position in positions:
            reason, argument = self._reason(position, weights, follows=follows_something)
            choices.append(
                Choice(
                    position,
                    int(self.candidates.insight_ids[position]),
                    int(self.candidates.story_ids[position]),
                    round(float(scores[position]), 4),
                    reason,
                    argument,
                )
            )
        return choices

    def _reason(
        self, position: int, weights: npt.NDArray[np.float32], *, follows: bool
    ) -> tuple[ReasonCode, str]:
        matched = weights * self.candidates.topics[position]
        if matched.any():
            return ReasonCode.TOPIC, self.candidates.topic_names[int(matched.argmax())]
        if follows:
            return ReasonCode.LIST_BEST, self.rules.list_name
        quality = QUALITY_WEIGHT * self.candidates.quality[position]
        if quality > self._recency[position]:
            return ReasonCode.QUALITY, ""
        return ReasonCode.FRESH, ""

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


def interests_of(
    session: Session, readers: Sequence[Reader], *, topic_ids: list[int]
) -> npt.NDArray[np.float32]:
    """Return the readers' topic weights: (P, T)."""
    row_of = {reader.subscriber_id: row for row, reader in enumerate(readers)}
    column = {topic_id: position for position, topic_id in enumerate(topic_ids)}
    weights = np.zeros((len(readers), len(topic_ids)), dtype=np.float32)
    page = rows_as_table(session, "page", {"subscriber_id": (BigInteger(), list(row_of))})
    rows = session.execute(
        select(Interest.subscriber_id, Interest.topic_id, Interest.weight).join(
            page, page.c.subscriber_id == Interest.subscriber_id
        )
    )
    for subscriber_id, topic_id, weight in rows:
        position = column.get(topic_id)
        if position is not None:
            weights[row_of[subscriber_id], position] = weight
    return weights


def had_before(
    session: Session, readers: Sequence[Reader], candidates: Candidates
) -> npt.NDArray[np.bool_]:
    """Return where a reader had the story before, from any list: (P, C)."""
    row_of = {reader.subscriber_id: row for row, reader in enumerate(readers)}
    columns: dict[int, list[int]] = {}
    for position, story_id in enumerate(candidates.story_ids.tolist()):
        columns.setdefault(story_id, []).append(position)
    page = rows_as_table(session, "page", {"subscriber_id": (BigInteger(), list(row_of))})
    stories = rows_as_table(session, "stories", {"story_id": (BigInteger(), list(columns))})
    # as tables the planner hashes them, as lists it probes id by id; and "+ 0" keeps SQLite from
    # probing each reader for each story instead of walking what the readers had
    rows = session.execute(
        select(Shown.subscriber_id, Shown.story_id).where(
            Shown.subscriber_id.in_(select(page.c.subscriber_id)),
            (Shown.story_id + 0).in_(select(stories.c.story_id)),
        )
    )
    had = np.zeros((len(readers), len(candidates)), dtype=np.bool_)
    for subscriber_id, story_id in rows:
        had[row_of[subscriber_id], columns[story_id]] = True
    return had
