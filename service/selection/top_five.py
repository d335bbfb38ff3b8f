"""Pick greedily, for many readers at once: the best that is not too like what stands above. Pure.

Never two of a story or an episode, at most two of a podcast; two of a speaker and one of a thread
where there is choice, a few topics where the reader has them, and perhaps one that tries something.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from service.selection.scoring import ALIKE, APART, LOOSELY_APART, NEVER, Floats, Ints

Flags = npt.NDArray[np.bool_]
Topics = npt.NDArray[np.uint64]  # a bit a topic, 64 a word
NOTHING = -1
_NOVELTIES_AT_ONCE = 16  # the first of them fit nearly all readers


class Counted(NamedTuple):
    """At most so many with one number stand in a brief."""

    numbers: Ints  # (C,)
    most: int
    is_loose: bool  # only while there is choice


@dataclass(frozen=True, slots=True, kw_only=True)
class Caps:
    """What no brief of this tick may break."""

    alike: npt.NDArray[np.int8]  # (C, C), see scoring.likeness
    counted: tuple[Counted, ...]
    topics: Topics  # (C, W)
    least_topics: int
    variety: float  # taken off for full likeness


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What each of these readers is to get."""

    picks: Ints  # (B,) how many
    own_topics: Topics  # (B, W) those that count as variety for them
    explores: Flags  # (B,) whether the last pick tries something new ...
    novelties: Ints  # (N,) ... out of these, the first that fits: of none of their own topics
    whole: Floats  # (B, C) their scores of everything, NEVER for what they must not get


class Picked(NamedTuple):
    """Who got what, in the order of the picks."""

    positions: Ints  # (B, P), NOTHING where there is none
    places: Ints  # (B, P) where on the list it stands; NOTHING for a try
    explored: Flags  # (B,) whether the last one is the try
    unsure: Flags  # (B,) whether something off the list might have been better


@dataclass(slots=True)
class _Table:
    """What is still open for each reader while their picks are made.

    Whoever gets nothing at a step gets nothing after it: their row may hold anything from then on.
    """

    positions: Ints  # (B, L)
    scores: Floats  # (B, L), NEVER for what they must not get
    values: Floats  # (B, L) less what the nearest pick above takes off; NEVER for what is out
    spare: Floats | None  # the same, less strict: threads and speakers may repeat
    missing: Ints  # (B,) of how many topics a pick is still wanted
    covered: Topics  # (B, W) of their own topics
    chosen: Ints  # (B, P)
    places: Ints  # (B, P)
    explored: Flags
    unsure: Flags


class _Best(NamedTuple):
    """What would be taken next, for those who are still to get something."""

    rows: Ints
    values: Floats  # (rows, L)
    places: Ints  # (rows,) where the highest stands ...
    found: Floats  # (rows,) ... and what it is


def pick(
    positions: Ints,
    scores: Floats,
    floor: Floats,
    *,
    caps: Caps,
    wishes: Wishes,
    is_last_resort: bool = False,
) -> Picked:
    """Return up to `wishes.picks` of each row of `positions`, which rise; equals by position.

    `scores` are in points. A row is `unsure` when it came below its `floor`, or had to give up on
    its topics: then look at more candidates. With `floor` NEVER there are no more. As a last resort
    threads and speakers may repeat.
    """
    most = int(wishes.picks.max(initial=0))
    people = len(positions)
    table = _Table(
        positions=positions,
        scores=scores,
        values=scores.copy(),
        spare=scores.copy() if is_last_resort else None,
        missing=np.minimum(caps.least_topics, _counted(wishes.own_topics)),
        covered=np.zeros_like(wishes.own_topics),
        chosen=np.full((people, most), NOTHING),
        places=np.full((people, most), NOTHING),
        explored=np.zeros(people, dtype=bool),
        unsure=np.zeros(people, dtype=bool),
    )
    for step in range(most):
        position = _take_one(table, step, floor, caps, wishes)
        if step + 1 < most:
            _rule_out(table, step, position, caps, wishes)
    is_short = (table.chosen != NOTHING).sum(axis=1) < wishes.picks
    unsure = table.unsure | (is_short & (floor > NEVER))
    return Picked(table.chosen, table.places, table.explored, unsure)


def _take_one(table: _Table, step: int, floor: Floats, caps: Caps, wishes: Wishes) -> Ints:
    """Give everybody their next pick; return whose it is (B,), anything where there is none."""
    is_open = wishes.picks > step
    tries = np.flatnonzero(wishes.explores & (wishes.picks == step + 1))
    if tries.size:
        novelty = _novelty(table, tries, step, caps, wishes)
        tries, novelty = tries[novelty != NOTHING], novelty[novelty != NOTHING]
        table.chosen[tries, step] = novelty
        table.explored[tries] = True
        is_open[tries] = False
    position = np.zeros(len(is_open), dtype=np.int64)
    rows = np.flatnonzero(is_open)
    if not rows.size:
        return position
    best = _best(table, rows)
    _want_a_new_topic(table, step, best, floor, caps, wishes)
    there = best.found > NEVER
    table.unsure[rows] |= there & (best.found < floor[rows])
    position[rows] = table.positions[rows, best.places]
    table.chosen[rows, step] = np.where(there, position[rows], NOTHING)
    table.places[rows, step] = np.where(there, best.places, NOTHING)
    return position


def _best(table: _Table, rows: Ints) -> _Best:
    """Return the best for each of these rows; of the spare ones where all others are out."""
    values = table.values if len(rows) == len(table.values) else table.values[rows]
    places = values.argmax(axis=1)
    found = values[np.arange(len(rows)), places]
    if table.spare is not None and (blocked := np.flatnonzero(found == NEVER)).size:
        values = values.copy()
        values[blocked] = table.spare[rows[blocked]]
        places[blocked] = values[blocked].argmax(axis=1)
        found[blocked] = values[blocked].max(axis=1)
    return _Best(rows, values, places, found)


def _want_a_new_topic(
    table: _Table, step: int, best: _Best, floor: Floats, caps: Caps, wishes: Wishes
) -> None:
    """Where the picks left are all needed for topics, take the best that brings a new one."""
    rows = best.rows
    left = wishes.picks[rows] - wishes.explores[rows] - step
    if left.min() > caps.least_topics:
        return
    missing = table.missing[rows] - _counted(table.covered[rows])
    at = np.flatnonzero((missing > 0) & (missing >= left) & (left > 0))
    if not at.size:
        return
    needing = rows[at]
    wanted = wishes.own_topics[needing] & ~table.covered[needing]
    positions = table.positions[needing]
    news = caps.topics[:, 0].take(positions) & wanted[:, :1]
    for word in range(1, caps.topics.shape[1]):
        news |= caps.topics[:, word].take(positions) & wanted[:, word, np.newaxis]
    restricted = np.where(news != 0, best.values[at], NEVER)
    place = restricted.argmax(axis=1)
    value = restricted[np.arange(len(at)), place]
    there = value > NEVER
    best.places[at[there]] = place[there]
    best.found[at[there]] = value[there]
    table.unsure[needing[~there]] |= floor[needing[~there]] > NEVER


def _novelty(table: _Table, rows: Ints, step: int, caps: Caps, wishes: Wishes) -> Ints:
    """Return the first of the novelties that each of `rows` may have beside their picks."""
    found = np.full(len(rows), NOTHING)
    is_full = (table.chosen[rows, :step] != NOTHING).all(axis=1)  # a gap means nothing is left
    for start in range(0, len(wishes.novelties), _NOVELTIES_AT_ONCE):
        novelties = wishes.novelties[start : start + _NOVELTIES_AT_ONCE]
        left = np.flatnonzero(is_full & (found == NOTHING))
        if not left.size:
            break
        fits = _fitting(table, rows[left], step, novelties, caps, wishes)
        first = fits.argmax(axis=1)
        any_fits = fits[np.arange(len(left)), first]
        found[left[any_fits]] = novelties[first[any_fits]]
    return found


def _fitting(
    table: _Table, rows: Ints, step: int, novelties: Ints, caps: Caps, wishes: Wishes
) -> Flags:
    """Return which of these novelties each of `rows` may have: (len(rows), len(novelties))."""
    fits: Flags = wishes.whole[rows[:, np.newaxis], novelties] > NEVER
    for word in range(caps.topics.shape[1]):
        fits &= (wishes.own_topics[rows, word, np.newaxis] & caps.topics[novelties, word]) == 0
    chosen = table.chosen[rows, :step]
    at = chosen[:, :, np.newaxis] * caps.alike.shape[1] + novelties
    fits &= (caps.alike.ravel().take(at) < LOOSELY_APART).all(axis=1)
    for numbers, most, _ in caps.counted:
        if step >= most:
            held = np.zeros(fits.shape, dtype=np.int8)
            for before in range(step):
                held += numbers[chosen[:, before, np.newaxis]] == numbers[novelties]
            fits &= held < most
    return fits


def _rule_out(table: _Table, step: int, position: Ints, caps: Caps, wishes: Wishes) -> None:
    """Take out what cannot stand beside the new pick, and off what the rest is too near to it."""
    flat = position[:, np.newaxis] * caps.alike.shape[1] + table.positions
    near = caps.alike.ravel().take(flat)
    out = near >= LOOSELY_APART
    penalty = near * np.float32(caps.variety / ALIKE)
    if table.spare is not None:
        penalty[out] = 0
    less = np.subtract(table.scores, penalty, out=penalty)
    np.minimum(table.values, less, out=table.values)
    np.copyto(table.values, NEVER, where=out)
    if table.spare is not None:
        np.minimum(table.spare, less, out=table.spare)
        np.copyto(table.spare, NEVER, where=near == APART)
    table.covered |= caps.topics[position] & wishes.own_topics
    for numbers, most, is_loose in caps.counted:
        if step + 1 < most:
            continue
        number = numbers[position]
        held = np.ones(len(position), dtype=np.int8)
        for before in range(step):
            held += numbers[table.chosen[:, before]] == number
        full = np.flatnonzero(held >= most)
        if full.size:
            same = numbers[table.positions[full]] == number[full, np.newaxis]
            rows, places = np.divmod(np.flatnonzero(same), same.shape[1])
            table.values[full[rows], places] = NEVER
            if table.spare is not None and not is_loose:
                table.spare[full[rows], places] = NEVER


def _counted(topics: Topics) -> Ints:
    counted: Ints = np.bitwise_count(topics).sum(axis=1, dtype=np.int64)
    return counted
