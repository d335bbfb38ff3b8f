"""Compare ways of choosing on what was held out, and draw how a new reader fares."""

from typing import NamedTuple

import numpy as np

from service.db.database import Database
from service.evaluation.data import Data
from service.evaluation.held_out import HeldOut, hold_out
from service.evaluation.methods import OURS, TOPICS_ONLY, Ints, all_methods, ours
from service.evaluation.metrics import (
    Estimate,
    calibration,
    coverage,
    diversity,
    estimate,
    hit,
    ndcg,
    novelty,
    recall,
)
from service.evaluation.trial import fill_store, temporary_store, write_known

LIKES_KNOWN = (0, 1, 3, 5, 10, None)  # the latest so many of each reader; None: all
_ENOUGH = 15  # likes a reader must have to stand for all these, so that the people are the same


class Scores(NamedTuple):
    """What one method comes to."""

    ndcg: Estimate
    recall: Estimate
    hit: Estimate
    coverage: float
    diversity: Estimate
    novelty: Estimate
    calibration: Estimate


class ColdStart(NamedTuple):
    """nDCG@5 when so many likes are known, by method."""

    known: int | None
    scores: dict[str, Estimate]


class Comparison(NamedTuple):
    """All of it, and how much it stands on."""

    data: str
    readers: int
    candidates: int
    liked_each: float
    methods: dict[str, Scores]
    cold_start: list[ColdStart]


def compare(data: Data) -> Comparison:
    """Run every method on one split of the data."""
    held = hold_out(data)
    with temporary_store() as database:
        fill_store(database, held)
        with database.reading() as session:
            picks = all_methods(session, held)
        cold_start = [_cold_start(database, data, known, held.likes) for known in LIKES_KNOWN]
    return Comparison(
        data=data.name,
        readers=len(held.readers),
        candidates=len(held.places),
        liked_each=float(held.relevant.sum(axis=1).mean()),
        methods={name: _scores(found, held) for name, found in picks.items()},
        cold_start=cold_start,
    )


def _scores(picks: Ints, held: HeldOut) -> Scores:
    has_taste = held.taste.sum(axis=1) > 0
    vectors = held.data.vectors[held.places]
    return Scores(
        ndcg=estimate(ndcg(picks, held.relevant)),
        recall=estimate(recall(picks, held.relevant)),
        hit=estimate(hit(picks, held.relevant)),
        coverage=coverage(picks, len(held.places)),
        diversity=estimate(diversity(picks, vectors)),
        novelty=estimate(novelty(picks, held.popularity)),
        calibration=estimate(calibration(picks, held.about, held.taste)[has_taste]),
    )


def _cold_start(database: Database, data: Data, known: int | None, likes: Ints) -> ColdStart:
    """Return how the readers of long standing would fare if we knew less of them."""
    held = hold_out(data, most_likes=known)
    rows = np.flatnonzero(likes >= min(_ENOUGH, likes.max()))
    with database.transaction() as session:
        write_known(session, held)
    with database.reading() as session:
        picks = {
            "topics alone": ours(session, held, TOPICS_ONLY, learns=False),
            "taste alone": ours(session, held, {**TOPICS_ONLY, "taste": 1.0, "topics": 0.0}),
            OURS: ours(session, held, {}),
        }
    return ColdStart(
        known,
        {name: estimate(ndcg(found[rows], held.relevant[rows])) for name, found in picks.items()},
    )
