"""Bring back what a brief was chosen by: every candidate, its parts, and the choice made anew."""

import datetime as dt
from dataclasses import dataclass, replace

import numpy as np
from sqlalchemy.orm import Session

from service.insights.vector_models import StoredModel
from service.insights.vectors import read_vectors
from service.selection.chosen import Chosen
from service.selection.explain import PARTS, parts
from service.selection.frozen import FrozenTick, Scored, thaw_tick, thaw_tops
from service.selection.models import CandidateSet, ChoicePage
from service.selection.page import PagePicker
from service.selection.replay import chosen_again, size_of
from service.selection.tick import Tick


@dataclass(frozen=True, slots=True, kw_only=True)
class Recalled:
    """What is known of how one reader's brief was chosen."""

    rules_version: int
    seed: int
    as_of: dt.datetime | None  # None: what it was chosen from is no longer kept
    kept_bytes: int  # of this reader, for choosing again
    candidates: list[Scored]  # all while they are kept, else the picks and the ten after them
    again: list[int] | None  # the insights picked when choosing anew
    problem: str | None  # why that cannot be, or may differ


def recall(session: Session, *, page_id: int, subscriber_id: int) -> Recalled | None:
    """Return how a reader on this page was chosen for; None when they are not on it any more."""
    page = session.get(ChoicePage, page_id)
    if page is None:
        return None
    tops = thaw_tops(page.tops, subscriber_id=subscriber_id)
    kept = session.get(CandidateSet, page.candidate_set_id)
    bare = Recalled(
        rules_version=page.rules_version,
        seed=page.seed,
        as_of=None,
        kept_bytes=0,
        candidates=tops,
        again=None,
        problem="what it was chosen from is no longer kept: these are the picks and what came next",
    )
    if page.readers is None or kept is None:
        return bare if tops else None
    frozen = thaw_tick(kept.data)
    tick = _tick(session, frozen)
    try:
        chosen = chosen_again(page.readers, tick, frozen, subscriber_id=subscriber_id)
    except KeyError:
        return None
    problem = None
    if tick.vectors_mark != frozen.vectors_mark:
        problem = (
            f"texts were read anew since, by another model than {frozen.candidates.model}: "
            "nearness to what they liked may differ"
        )
    return replace(
        bare,
        as_of=kept.as_of,
        kept_bytes=size_of(page.readers, subscriber_id=subscriber_id),
        candidates=_all_candidates(chosen),
        again=chosen.choices[0].insight_ids,
        problem=problem,
    )


def _tick(session: Session, frozen: FrozenTick) -> Tick:
    candidates = frozen.candidates
    model = session.get(StoredModel, candidates.model_id)
    if model is not None:
        vectors = read_vectors(session, candidates.insight_ids.tolist(), model=model)
        candidates = replace(candidates, vectors=vectors)
    return Tick(candidates, frozen.rules)


def _all_candidates(chosen: Chosen) -> list[Scored]:
    """Return every candidate with the parts of its score, picks first, then best first."""
    tick, page = chosen.tick, chosen.page
    count = len(tick.candidates)
    scores = PagePicker(tick.ground, tick.caps, page).points_of(0)
    facts = tick.facts(chosen.draw, asked=chosen.wish.asked, liked=chosen.wish.liked)
    found = parts(
        tick.ground,
        page,
        facts,
        tick.table,
        np.where(np.isfinite(scores), scores, 0.0),
        np.zeros(count, dtype=np.int64),
        np.arange(count),
    )
    is_out = ~np.isfinite(scores)
    found[PARTS.index("taste"), is_out] = 0.0
    picks = chosen.choices[0].insight_ids
    every = [
        Scored(
            insight_id=insight_id,
            is_pick=insight_id in picks,
            is_out=bool(is_out[place]),
            parts={name: round(float(found[n, place]), 3) for n, name in enumerate(PARTS)},
        )
        for place, insight_id in enumerate(tick.candidates.insight_ids.tolist())
    ]
    rank = {insight_id: place for place, insight_id in enumerate(picks)}
    return sorted(
        every, key=lambda one: (rank.get(one.insight_id, len(picks)), one.is_out, -one.score)
    )
