"""What the store knows of a page of readers, as matrices: what they follow, what they had."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from sqlalchemy import select
from sqlalchemy.orm import Session

from service.audience.models import Interest
from service.db.columns import is_one_of, read_columns
from service.ledger.models import Shown


def interests_of(
    session: Session, people: Sequence[int], *, topic_ids: Sequence[int]
) -> npt.NDArray[np.float32]:
    """Return the topic weights of these subscribers: (P, T)."""
    subscribers, topics, values = read_columns(
        session,
        select(Interest.subscriber_id, Interest.topic_id, Interest.weight).where(
            is_one_of(session, Interest.subscriber_id, list(people))
        ),
    )
    weights = np.zeros((len(people), len(topic_ids)), dtype=np.float32)
    rows, columns = _places(people, subscribers), _places(topic_ids, topics)
    known = columns >= 0
    weights[rows[known], columns[known]] = values[known]
    return weights


def had_before(
    session: Session, people: Sequence[int], story_ids: npt.NDArray[np.int64]
) -> npt.NDArray[np.bool_]:
    """Return where one of these subscribers had the story before, from any list: (P, C)."""
    own, place = np.unique(story_ids, return_inverse=True)
    # what is older than every story here need not be read, and the rest is one walk of the key:
    # probing each reader for each story costs ten times as much
    subscribers, stories = read_columns(
        session,
        select(Shown.subscriber_id, Shown.story_id).where(
            is_one_of(session, Shown.subscriber_id, list(people)), Shown.story_id >= int(own[0])
        ),
    )
    had = np.zeros((len(people), len(own)), dtype=np.bool_)
    columns = _places(own, stories)
    known = columns >= 0
    had[_places(people, subscribers)[known], columns[known]] = True
    return np.take(had, place, axis=1)


def _places(
    keys: Sequence[int] | npt.NDArray[np.int64], wanted: npt.NDArray[np.int64]
) -> npt.NDArray[np.int64]:
    """Return where each of `wanted` stands among `keys`; -1 is nowhere."""
    if not len(keys):
        return np.full(len(wanted), -1)
    array = np.asarray(keys, dtype=np.int64)
    order = np.argsort(array)
    found = order[np.minimum(np.searchsorted(array, wanted, sorter=order), len(array) - 1)]
    places: npt.NDArray[np.int64] = np.where(array[found] == wanted, found, -1)
    return places
