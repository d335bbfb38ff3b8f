"""Ways of choosing five, to be compared: chance, the obvious ones, ours, ours without each part.

Ours is the service's own choosing on a store, with other rules; nothing of it is written again.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
from sqlalchemy.orm import Session

from service.audience.models import NewsletterList
from service.evaluation.held_out import HeldOut
from service.evaluation.metrics import NOTHING
from service.evaluation.trial import LIST_ID
from service.selection.candidates import load_candidates
from service.selection.choose import Chooser, Reader
from service.selection.rule_versions import Version
from service.selection.rules import Rules

Ints = npt.NDArray[np.int64]
PICKS = 5
_PAGE = 1_000
_FREE = {"per_podcast": 7, "per_episode": 7, "per_speaker": 7, "per_thread": 7}
_NO_VARIETY = {"variety": 0.0, "too_alike": 1.0, "least_topics": 1}

OURS = "ours"
WITHOUT: Mapping[str, Mapping[str, Any]] = {
    "without taste": {"taste": 0.0},
    "without topics": {"topics": 0.0},
    "without quality": {"quality": 0.0},
    "without recency": {"recency": 0.0},
    "without popularity": {"popularity": 0.0},
    "without variety": _NO_VARIETY,
    "without caps": _FREE,
    "without exploring": {"explore_every": 0},
}
TOPICS_ONLY: Mapping[str, Any] = {
    "taste": 0.0,
    "quality": 0.0,
    "recency": 0.0,
    "popularity": 0.0,
    "explore_every": 0,
    **_NO_VARIETY,
    **_FREE,
}


def all_methods(session: Session, held: HeldOut) -> dict[str, Ints]:
    """Return what each method picks: (R, 5) places among the new items, best first."""
    count, readers = len(held.places), len(held.readers)
    chance = np.random.default_rng(5)
    by_chance = np.argsort(chance.random((readers, count)), axis=1)[:, :PICKS]
    rate = (held.liked + 2) / (held.shown + 40)
    found = {
        "random": by_chance,
        "newest": np.tile(np.arange(PICKS), (readers, 1)),
        "most popular": np.tile(np.argsort(-rate, kind="stable")[:PICKS], (readers, 1)),
        "topic match only": ours(session, held, TOPICS_ONLY),
        OURS: ours(session, held, {}),
        "without learning": ours(session, held, {}, learns=False),
    }
    return found | {name: ours(session, held, rules) for name, rules in WITHOUT.items()}


def ours(
    session: Session, held: HeldOut, changes: Mapping[str, Any], *, learns: bool = True
) -> Ints:
    """Return what the service's own choosing picks under these rules.

    Windows are as wide as what is new, so that the split decides what may be chosen. Who is not
    learned from is chosen for by what they asked for alone.
    """
    hours = (held.now - held.data.items[int(held.places[-1])].at).total_seconds() / 3600
    widest = min(8_760, max(1, int(hours) + 1))
    rules = Rules(
        fresh_hours=widest,
        wider_hours=widest,
        widest_hours=widest,
        week_hours=widest,
        most_candidates=10_000,
        **changes,
    )
    candidates = load_candidates(session, list_topic_ids=(), now=held.now, rules=rules)
    newsletter = session.get_one(NewsletterList, LIST_ID)
    chooser = Chooser(newsletter, candidates, Version(0, rules), now=held.now)
    picks = np.full((len(held.readers), PICKS), NOTHING)
    for start in range(0, len(held.readers), _PAGE):
        rows = range(start, min(start + _PAGE, len(held.readers)))
        readers = [Reader(row + 1, "en", is_personalised=learns, picks=PICKS) for row in rows]
        chosen = chooser.choose(session, readers, seed=chooser.seed(start + 1))
        for row, choices in zip(rows, chosen.choices, strict=True):
            picks[row, : len(choices.insight_ids)] = np.array(choices.insight_ids) - 1
    return picks
