"""The best few of each reader's scores, without sorting anything that is not near the top. Pure."""

from typing import NamedTuple

import numpy as np

from service.selection.scoring import NEVER, Floats, Ints

_LARGEST_GROUP = 16


class Shortlists(NamedTuple):
    """Parallel (B, L), positions rising; where a list is shorter its scores end in NEVER."""

    positions: Ints
    scores: Floats
    floor: Floats  # (B,) whatever is not on the list scores less; NEVER: all there is is on it
    too_long: Ints  # rows with so many equal scores that they are better looked at whole


def shortlists(scores: Floats, *, length: int) -> Shortlists:
    """Return the best `length` or more of each row, and all that tie with the last of them.

    Candidates are compared in groups. The best of the last of the best `length` groups is a score
    that at least `length` candidates reach: they are the list.
    """
    people, count = scores.shape
    size = min(_LARGEST_GROUP, count // (4 * length))
    if size < 1:
        everything = np.broadcast_to(np.arange(count), scores.shape)
        return Shortlists(everything, scores, np.full(people, NEVER), np.empty(0, dtype=np.int64))
    groups = (count // size - 1) | 1  # an odd number, or what comes at regular intervals clusters
    best = scores[:, : groups * size].reshape(people, size, groups).max(axis=1)
    best.sort(axis=1)  # so few are sorted sooner than parted
    floor = best[:, -length].copy()
    reached = scores >= np.where(floor > NEVER, floor, np.float32(np.inf))[:, np.newaxis]
    flat = np.flatnonzero(reached)
    starts = np.searchsorted(flat, np.arange(people + 1) * count)
    too_long = (np.diff(starts) > 2 * length) | (floor == NEVER)
    if too_long.any():
        flat = flat[~np.repeat(too_long, np.diff(starts))]
        starts = np.searchsorted(flat, np.arange(people + 1) * count)
    lengths = np.diff(starts)
    width = max(1, int(lengths.max(initial=0)))
    rows = np.arange(people)
    place = np.arange(len(flat)) + np.repeat(rows * width - starts[:-1], lengths)
    short = np.zeros((people, width), dtype=np.int64)
    short.ravel()[place] = flat - np.repeat(rows * count, lengths)
    found = np.full((people, width), NEVER)
    found.ravel()[place] = scores.ravel()[flat]
    return Shortlists(short, found, floor, np.flatnonzero(too_long))
