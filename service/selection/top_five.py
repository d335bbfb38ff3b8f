"""Pick greedily, for many readers at once: the best that is not too like what stands above. Pure.

Never two of a story or an episode, at most two of a podcast; two of a speaker and one of a thread
where there is choice, a few topics where the reader has them, and perhaps one that tries something.
"""

from dataclasses import dataclass, replace
from typing import NamedTuple, Self

import numpy as np
import numpy.typing as npt

from service.selection.scoring import ALIKE, APART, LOOSELY_APART, NEVER, Floats, Ints

Flags = npt.NDArray[np.bool_]
Topics = npt.NDArray[np.uint64]  # a bit a topic, 64 a word
NOTHING = -1


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
    novelties: Ints  # (N,) ... out of these, the first that fits
    may_try: Flags  # (B, N) which of them are new to whom

    def of(self, rows: Ints) -> Self:
        """Return the wishes of some of these readers."""
        return replace(
            self,
            picks=self.picks[rows],
            own_topics=self.own_topics[rows],
            explores=self.explores[rows],
            may_try=self.may_try[rows],
        )


class Picked(NamedTuple):
    """Who got what, in the order of the picks."""

    positions: Ints  # (B, P), NOTHING where there is none
    explored: Flags  # (B,) whether the last one is the try
    unsure: Flags  # (B,) whether something off the list might have been better


@dataclass(slots=True)
class _Table:
    """What is still open for each reader while their picks are made."""

    positions: Ints  # (B, L)
    scores: Floats  # (B, L), NEVER for what is out
    spare: Floats | None  # the same, less strict: threads and speakers may repeat
    nearness: npt.NDArray[np.int8]  # (B, L) to the nearest pick above
    covered: Topics  # (B, W) of their own topics
    chosen: Ints  # (B, P)
    explored: Flags
    unsure: Flags
    rows: Ints


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
        scores=scores.copy(),
        spare=scores.copy() if is_last_resort else None,
        nearness=np.zeros(positions.shape, dtype=np.int8),
        covered=np.zeros_like(wishes.own_topics),
        chosen=np.full((people, most), NOTHING),
        explored=np.zeros(people, dtype=bool),
        unsure=np.zeros(people, dtype=bool),
        rows=np.arange(people),
    )
    for step in range(most):
        _take_one(table, step, floor, caps, wishes)
    is_short = (table.chosen != NOTHING).sum(axis=1) < wishes.picks
    unsure = table.unsure | (is_short & (floor > NEVER))
    return Picked(table.chosen, table.explored, unsure)


def _take_one(table: _Table, step: int, floor: Floats, caps: Caps, wishes: Wishes) -> None:
    penalty = np.float32(caps.variety / ALIKE) * table.nearness
    value = table.scores - penalty
    best = value.argmax(axis=1)
    found = value[table.rows, best]
    if table.spare is not None and (blocked := found == NEVER).any():
        value[blocked] = table.spare[blocked] - penalty[blocked]
        best[blocked] = value[blocked].argmax(axis=1)
        found[blocked] = value[blocked].max(axis=1)
    _want_a_new_topic(table, step, value, best, found, floor, caps, wishes)
    taken = (wishes.picks > step) & (found > NEVER)
    tries = np.flatnonzero(wishes.explores & (wishes.picks == step + 1))
    if tries.size:
        novelty = _novelty(table, tries, step, caps, wishes)
        fits = novelty != NOTHING
        table.chosen[tries[fits], step] = novelty[fits]
        table.explored[tries[fits]] = True
        taken[tries[fits]] = False
    table.unsure |= taken & (found < floor)
    position = table.positions[table.rows, best]
    table.chosen[taken, step] = position[taken]
    _rule_out(table, taken, position, caps, wishes)


def _want_a_new_topic(
    table: _Table,
    step: int,
    value: Floats,
    best: Ints,
    found: Floats,
    floor: Floats,
    caps: Caps,
    wishes: Wishes,
) -> None:
    """Where the picks left are all needed for topics, take the best that brings a new one."""
    regular = wishes.picks - wishes.explores
    missing = np.minimum(caps.least_topics, _counted(wishes.own_topics)) - _counted(table.covered)
    rows = np.flatnonzero((missing > 0) & (missing >= regular - step) & (step < regular))
    if not rows.size:
        return
    news = np.zeros((len(rows), table.positions.shape[1]), dtype=bool)
    for word in range(caps.topics.shape[1]):
        wanted = wishes.own_topics[rows, word] & ~table.covered[rows, word]
        news |= (caps.topics[table.positions[rows], word] & wanted[:, np.newaxis]) != 0
    restricted = np.where(news, value[rows], NEVER)
    place = restricted.argmax(axis=1)
    new_value = restricted.max(axis=1)
    there = new_value > NEVER
    best[rows[there]] = place[there]
    found[rows[there]] = new_value[there]
    table.unsure[rows[~there]] |= floor[rows[~there]] > NEVER


def _novelty(table: _Table, rows: Ints, step: int, caps: Caps, wishes: Wishes) -> Ints:
    """Return the first of the novelties that each of `rows` may have beside their picks."""
    fits = wishes.may_try[rows].copy()
    for numbers, most, _ in caps.counted:
        held = np.zeros(fits.shape, dtype=np.int8)
        for before in range(step):
            chosen = table.chosen[rows, before]
            held += numbers[chosen][:, np.newaxis] == numbers[wishes.novelties]
        fits &= held < most
    for before in range(step):
        chosen = table.chosen[rows, before]
        near = caps.alike[chosen[:, np.newaxis], wishes.novelties]
        fits &= (near < LOOSELY_APART) & (chosen != NOTHING)[:, np.newaxis]
    first = fits.argmax(axis=1) if len(wishes.novelties) else np.zeros(len(rows), dtype=np.int64)
    found = np.full(len(rows), NOTHING)
    any_fits = fits.any(axis=1)
    found[any_fits] = wishes.novelties[first[any_fits]]
    return found


def _rule_out(table: _Table, taken: Flags, position: Ints, caps: Caps, wishes: Wishes) -> None:
    """Take out what cannot stand beside the new pick, and mark how near to it the rest is."""
    flat = position[:, np.newaxis] * caps.alike.shape[1] + table.positions
    near = caps.alike.ravel().take(flat)
    near[~taken] = 0
    out = near >= LOOSELY_APART
    np.copyto(table.scores, NEVER, where=out)
    if table.spare is not None:
        np.copyto(table.spare, NEVER, where=near == APART)
    near[out] = 0
    np.maximum(table.nearness, near, out=table.nearness)
    table.covered[taken] |= caps.topics[position[taken]] & wishes.own_topics[taken]
    for numbers, most, is_loose in caps.counted:
        number = numbers[position]
        held = ((numbers[table.chosen] == number[:, np.newaxis]) & (table.chosen != NOTHING)).sum(
            axis=1
        )
        full = np.flatnonzero(taken & (held >= most))
        if full.size:
            same = numbers[table.positions[full]] == number[full, np.newaxis]
            for scores in (table.scores, None if is_loose else table.spare):
                if scores is not None:
                    scores[full] = np.where(same, NEVER, scores[full])


def _counted(topics: Topics) -> Ints:
    counted: Ints = np.bitwise_count(topics).sum(axis=1, dtype=np.int64)
    return counted
