"""The score of every insight for every reader of a page, as one matrix product. Pure.

    score = a z(taste) + (1 - 0.7 a) topics / spread + 0.5 quality + 0.6 recency
            + 0.35 (logit theta - logit usual) + follows

Shape and weights: docs/choosing.md. Readers and insights are both rounded to whole numbers so
small that every sum stays below 2^24, where float32 counts exactly: scores are the same to the
last bit on every machine, whatever the size of the page and the order of adding up.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from service.selection.rules import Rules

UNIT = 2_048.0  # parts of one, on the side of the insights
NEVER = np.float32(-np.inf)
_EXACT = 2.0**24
_SLACK = 1.04  # rounding to whole numbers lengthens a vector by less
_LEAST_UNIT, _MOST_UNIT = 8.0, 4_096.0
_SPREAD_PARTS = 2.0**22
_LIFT_PARTS = 256.0
_ROWS = 256  # worked on at once
_FOLD = 64  # columns of a spread at once
_ALL_ALIKE = 1e-3  # a smaller spread tells no insight from another
ALIKE = 120  # what full likeness is in `likeness`
LOOSELY_APART, APART = 126, 127  # not together while there is choice; never together

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """A tick's insights as every reader's score needs them; C insights, D numbers, T topics."""

    columns: Floats  # (D + T + 1, C) whole numbers: vector, topics, and last what is set per page
    vectors: int  # D
    share: Doubles  # (T,) of all that is said, how much is on the topic
    vector_sum: Doubles  # (D,)
    vector_spread: Doubles  # (D, D) whole numbers, folded
    topic_spread: Doubles  # (T, T) likewise
    quality: Doubles  # (C,) the part of the score

    def __len__(self) -> int:
        return len(self.quality)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wants:
    """What readers bring to their scores, as whole numbers; B readers, of whom S have a taste."""

    taste: npt.NDArray[np.int8]  # (S, D) what they liked, by direction
    taste_rows: Ints  # (S,) whose it is
    taste_scale: Floats  # (S,) how much it counts
    taste_centre: Doubles  # (B,) what the average insight gets of it
    topics: Floats  # (B, T) whole numbers
    unit: Doubles  # (B,) parts of one, on the side of the readers: whole numbers

    @property
    def has_taste(self) -> npt.NDArray[np.bool_]:
        flags = np.zeros(len(self.unit), dtype=np.bool_)
        flags[self.taste_rows] = True
        return flags


def lay_ground(*, vectors: Floats, topics: Floats, quality: Floats, rules: Rules) -> Ground:
    """Make ready what is the same for all readers of a tick; `topics` (C, T) is 1 or 0."""
    count, size = vectors.shape
    held = np.rint(vectors * UNIT).astype(np.float64)
    # by the root of their number, so that naming many topics is no way to the top
    about = np.rint(topics / np.sqrt(np.maximum(topics.sum(axis=1, keepdims=True), 1.0)) * UNIT)
    columns = np.zeros((size + topics.shape[1] + 1, count), dtype=np.float32)
    columns[:size] = held.T
    columns[size:-1] = about.T
    said = topics.sum(axis=0, dtype=np.float64)
    return Ground(
        columns=columns,
        vectors=size,
        share=(said + 1) / (said.sum() + len(said)) if len(said) else said,
        vector_sum=held.sum(axis=0),
        vector_spread=_spread(held),
        topic_spread=_spread(about.astype(np.float64)),
        quality=rules.quality * quality.astype(np.float64),
    )


def weigh(
    ground: Ground,
    rules: Rules,
    *,
    taste: npt.NDArray[np.int8],
    taste_rows: Ints,
    likes: Doubles,
    interests: Doubles,
    most_standing: float,
) -> Wants:
    """Return what readers want, at a scale at which nothing they add up is ever rounded.

    `interests` (B, T) are weights, 1 for a topic somebody asked for; `likes` (S,) is how much is
    behind each taste; `most_standing` bounds what is added to an insight for all.
    """
    trust = np.zeros(len(interests))
    known = likes / (likes + rules.trust_after)
    lengths, spread, means = _of_tastes(ground, taste)
    tells = (spread > _ALL_ALIKE) & (lengths > 0)
    trust[taste_rows] = np.where(tells, known, 0.0)
    slope = np.zeros(len(interests))
    slope[taste_rows] = rules.taste * np.where(tells, known / np.where(tells, spread, 1.0), 0.0)
    lift = np.rint(lift_of(interests, ground.share, rules) * _LIFT_PARTS)
    topic_spread = np.sqrt(_quadratic(lift, ground.topic_spread)) / _LIFT_PARTS
    topic_spread[topic_spread < _ALL_ALIKE] = 1.0
    strength = rules.topics * (1 - rules.topics_fade * trust) / topic_spread
    length = np.sqrt((lift * lift).sum(axis=1)) / _LIFT_PARTS
    follows = rules.followed_podcast + rules.followed_speaker
    bound = slope + strength * length + most_standing + follows
    unit = np.clip(np.floor(_EXACT / (UNIT * _SLACK * bound)), _LEAST_UNIT, _MOST_UNIT)
    per_length = np.divide(1.0, lengths, out=np.zeros(len(lengths)), where=lengths > 0)
    centre = np.zeros(len(interests))
    centre[taste_rows] = slope[taste_rows] * per_length * means
    return Wants(
        taste=taste,
        taste_rows=taste_rows,
        taste_scale=(slope[taste_rows] * unit[taste_rows] * per_length).astype(np.float32),
        taste_centre=centre,
        topics=np.rint(lift / _LIFT_PARTS * (strength * unit)[:, np.newaxis]).astype(np.float32),
        unit=unit,
    )


def lift_of(interests: Doubles, share: Doubles, rules: Rules) -> Doubles:
    """Return the log of how much likelier than anybody a reader takes to each topic: (B, T).

    An interest of one stands for `interest_counts` likes, the prior for `topic_prior` likes spread
    as the topics are; what is left out is the same for all topics and so moves no order.
    """
    likes = rules.interest_counts * np.abs(interests) / (rules.topic_prior * share)
    lift: Doubles = np.sign(interests) * np.log1p(likes)
    return lift


def taste_in_steps(vectors: Floats) -> npt.NDArray[np.int8]:
    """Return the directions of `vectors` (S, D) in 127 steps each way: what is kept and frozen."""
    most = np.maximum(vectors.max(axis=1, initial=0.0), -vectors.min(axis=1, initial=0.0))
    steps = vectors / np.where(most > 0, most, np.float32(1))[:, np.newaxis]
    steps *= 127
    whole: npt.NDArray[np.int8] = np.rint(steps, out=steps).astype(np.int8)
    return whole


def scores_of(
    ground: Ground, wants: Wants, rows: Ints, *, upto: int, out: Floats | None = None
) -> Floats:
    """Return whole scores of the first `upto` insights: (len(rows), upto), in parts of `parts_of`.

    Of `rows`, those with a taste come first. `out` is memory to use, for as many scores or more.
    """
    size, count = ground.vectors, len(rows)
    if out is None:
        out = np.empty(count * upto, dtype=np.float32)
    scores = out[: count * upto].reshape(count, upto)
    whole = np.empty((count, size + wants.topics.shape[1] + 1), dtype=np.float32)
    whole[:, size:-1] = wants.topics[rows]
    whole[:, -1] = wants.unit[rows]
    tasting = int(np.count_nonzero(wants.has_taste[rows]))
    places = np.searchsorted(wants.taste_rows, rows[:tasting])
    taste = whole[:tasting, :size]
    np.multiply(wants.taste[places], wants.taste_scale[places, np.newaxis], out=taste)
    np.rint(taste, out=taste)
    np.matmul(whole[:tasting], ground.columns[:, :upto], out=scores[:tasting])
    np.matmul(whole[tasting:, size:], ground.columns[size:, :upto], out=scores[tasting:])
    return scores


def parts_of(wants: Wants, rows: Ints) -> Doubles:
    """Return into how many parts one point of these readers' scores is divided."""
    return wants.unit[rows] * UNIT


def likeness(
    ground: Ground, rules: Rules, *, apart: Sequence[Ints], loosely: Sequence[Ints]
) -> npt.NDArray[np.int8]:
    """Return how alike any two insights are, (C, C): 0 to ALIKE, or more for never together.

    Two of one number in any of `apart` are never together; two of one in `loosely` are not while
    there is choice.
    """
    held = ground.columns[: ground.vectors]
    alike = np.empty((len(ground), len(ground)), dtype=np.int8)
    limit = rules.too_alike * UNIT * UNIT
    for start in range(0, len(ground), _ROWS):  # in parts, for the sake of memory
        rows = slice(start, start + _ROWS)
        cosine = np.matmul(held[:, rows].T, held)
        too_alike = cosine >= limit if ground.vectors and rules.too_alike < 1 else None
        cosine *= ALIKE / UNIT / UNIT
        np.rint(cosine, out=cosine)
        alike[rows] = np.clip(cosine, 0, ALIKE, out=cosine)
        for numbers in loosely:
            same = numbers[rows, np.newaxis] == numbers
            np.copyto(alike[rows], np.int8(LOOSELY_APART), where=same)
        for numbers in apart:
            np.copyto(alike[rows], np.int8(APART), where=numbers[rows, np.newaxis] == numbers)
        if too_alike is not None:
            np.copyto(alike[rows], np.int8(APART), where=too_alike)
    return alike


def popularity(
    *,
    shown: Ints,
    liked: Ints,
    disliked: Ints,
    rules: Rules,
    chance: np.random.Generator,
) -> tuple[Doubles, Doubles]:
    """Return one draw of each insight's popularity, and how little is known of it: 1 is nothing.

    A draw from what may be true (Thompson): what few have seen varies much and is sometimes tried.
    """
    usual = rules.usual_likes, rules.usual_shown - rules.usual_likes
    good = usual[0] + liked
    bad = usual[1] + np.maximum(shown - liked, 0) + disliked
    drawn = np.clip(chance.beta(good, bad), 1e-6, 1 - 1e-6)
    usual_rate = rules.usual_likes / rules.usual_shown
    offset = np.log(drawn / (1 - drawn)) - np.log(usual_rate / (1 - usual_rate))
    unknown = np.sqrt((1 / good + 1 / bad) / (1 / usual[0] + 1 / usual[1]))
    return rules.popularity * offset, unknown


def _of_tastes(ground: Ground, taste: npt.NDArray[np.int8]) -> tuple[Doubles, Doubles, Doubles]:
    """Return the length of each taste, and the spread and mean of its nearness to the insights."""
    lengths, spread, means = np.zeros((3, len(taste)))
    for first in range(0, len(taste), _ROWS):  # few enough to stay near the core
        some = slice(first, first + _ROWS)
        steps = taste[some].astype(np.float64)
        lengths[some] = np.sqrt(np.vecdot(steps, steps))
        spread[some] = np.sqrt(_quadratic(steps, ground.vector_spread))
        means[some] = steps @ ground.vector_sum
    means /= UNIT * max(1, len(ground))
    np.divide(spread, lengths, out=spread, where=lengths > 0)
    return lengths, spread, means


def _spread(values: Doubles) -> Doubles:
    """Return the covariance of the columns of whole numbers, in whole parts, folded."""
    count = max(1, len(values))
    sums = values.sum(axis=0)
    whole = (count * (values.T @ values) - np.outer(sums, sums)) / (count * count * UNIT * UNIT)
    return _folded(np.rint(whole * _SPREAD_PARTS))


def _folded(spread: Doubles) -> Doubles:
    """Return a symmetric matrix with what is left of its blocks added to what is right of them."""
    folded = 2 * spread
    for start in range(0, len(spread), _FOLD):
        block = slice(start, start + _FOLD)
        folded[block, block] = spread[block, block]
        folded[block, :start] = 0
    return folded


def _quadratic(rows: Doubles, folded: Doubles) -> Doubles:
    """Return row · spread · row for each row: sums of whole numbers, so exact in any order.

    Half of a symmetric product need not be worked out: see `_folded`.
    """
    found = np.zeros(len(rows))
    for start in range(0, len(folded), _FOLD):
        upto = start + _FOLD
        found += np.vecdot(rows[:, :upto] @ folded[:upto, start:upto], rows[:, start:upto])
    return np.maximum(found / _SPREAD_PARTS, 0.0)
