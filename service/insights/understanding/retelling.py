"""Judge whether two insights tell the same finding, perhaps in other words. Pure.

Likeness alone cannot tell: "cut costs by 12 per cent" and "cut costs by 40 per cent" are as like as
two texts can be. So there are objections first (figures, denials, opposites, names that differ,
or nothing in common besides the subject), and what meets none of them is weighed: likeness as a
whole and word by word, agreement of figures, and whether the words they do not share still speak
of the same things. The weights come from `python -m benchmarks.fit_stories`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from service.insights.understanding.numbers import Number
from service.insights.understanding.telling import Reader, Telling


class Objection(StrEnum):
    """Why two insights that are much alike are two findings."""

    FIGURES = "figures"  # one says 12 per cent, the other 40
    DENIAL = "denial"  # one says not, and else they say the same
    OPPOSITE = "opposite"  # one rises, the other falls
    NAMES = "names"  # the same of somebody else
    BESIDES = "besides"  # a subject in common, and then each goes its own way
    SHORT = "short"  # too few words to tell a finding by
    UNREAD = "unread"  # they share too few words, and what those mean the model cannot tell


@dataclass(frozen=True, slots=True)
class Features:
    """What two insights have in common, and what not."""

    words: int  # that carry content, in the shorter one
    likeness: float  # cosine of the whole
    shared: float  # cosine of their stems by rarity
    besides: float  # how near the words they do not share come to one another, 0 to 1
    blur: float  # how near the words they do not share are on the mean: little, where they are read
    unshared: float  # part of the content that is not shared, in the one that shares more
    agreeing: float  # weight of the figures both have
    differing: float  # weight of figures each has and the other has not, the smaller of the two
    one_sided: bool  # only one of them has figures
    clashing: bool  # both have figures, and none agrees
    denial: bool
    opposite: bool
    other_names: bool


@dataclass(frozen=True, slots=True)
class Scale:
    """How features weigh with one model of words."""

    constant: float
    likeness: float
    shared: float
    besides: float
    agreeing: float
    differing: float
    one_sided: float
    clashing: float
    least_besides: float  # below it the rest has nothing in common
    besides_a_figure: float  # so much less will do for each figure that agrees
    least_besides_without_figures: float  # and so much is needed where none does


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether both tell one finding, and how sure that is: from 0 to 1, a half is the border."""

    score: float
    objection: Objection | None = None

    @property
    def same(self) -> bool:
        return self.objection is None and self.score >= BORDER


BORDER = 0.5
_SCALES = {
    "wordllama": Scale(-18.7, 12.9, 24.6, 38.1, 1.81, -1.55, -12.0, 0.0, 0.145, 0.015, 0.24),
    "lexical": Scale(-17.0, -21.7, 37.0, 75.6, 2.33, -1.72, -6.7, 0.0, -1.0, 0.0, -1.0),
}
_DENYING = "cannot neither never no nobody none nor not nothing without"
_DENIALS = frozenset(_DENYING.split())
_MOST_BESIDES, _MOST_AGREEING, _MOST_DIFFERING = 0.3, 2.0, 2.0
_SAME_WORD = 0.8  # cosine of two words that are one in two spellings
_KIN = 0.6  # taken for the cosine of words that begin alike, or of which one ends with the other
_ALIKE, _HELD = 5, 4  # letters
_NEARLY_ALL_SHARED, _MUCH_SHARED, _HALF_SHARED = 0.3, 0.37, 0.6  # of `unshared`
_A_FIGURE = 0.6  # of `Number.weight`
_FEWEST_WORDS = 5
_BLURRED, _SHARED_ANYWAY = 0.16, 0.6
_LEAST_SHARED, _WORTH_OF_A_FIGURE = 0.14, 0.05
_EXACT = 0.02  # of `unshared`
_MORE = (
    "rise rises rising rose risen raise raises raised raising increase increases increased "
    "increasing grow grows growing grew grown gain gains gained more higher larger bigger "
    "longer faster later improve improves improved better"
)
_LESS = (
    "fall falls falling fell fallen cut cuts cutting drop drops dropped dropping decrease "
    "decreases decreased decline declines declined reduce reduces reduced reducing lower "
    "lowers lowered less fewer smaller shorter slower sooner earlier worse worsened shrank "
    "shrink shrinks lost lose loses"
)
_OPPOSITES = tuple(
    (frozenset(one.split()), frozenset(other.split()))
    for one, other in (
        (_MORE, _LESS),
        ("opened reopened restarted started begin began resumed", "shut closed stopped ended"),
        ("accept accepts accepted approve approved won passed", "reject rejected refused failed"),
        ("above over", "below under"),
        ("all every always", "none never hardly"),
    )
)


def judge(one: Telling, other: Telling, reader: Reader) -> Verdict:
    """Return whether both tell the same finding."""
    scale = _SCALES[reader.model.name.partition("-")[0]]
    features = features_of(one, other, reader)
    score = float(1 / (1 + np.exp(-weighed(features, scale))))
    return Verdict(score, objection_to(features, scale))


def weighed(features: Features, scale: Scale) -> float:
    """Return the log of the odds that both tell the same."""
    return (
        scale.constant
        + scale.likeness * features.likeness
        + scale.shared * features.shared
        + scale.besides * min(features.besides, _MOST_BESIDES)
        + scale.agreeing * min(features.agreeing, _MOST_AGREEING)
        + scale.differing * min(features.differing, _MOST_DIFFERING)
        + scale.one_sided * features.one_sided
        + scale.clashing * features.clashing
    )


def objection_to(features: Features, scale: Scale) -> Objection | None:
    """Return what forbids taking both for one, whatever they have in common."""
    least = scale.least_besides - scale.besides_a_figure * features.agreeing
    if not features.agreeing:
        least = max(least, scale.least_besides_without_figures)
    unshared = features.unshared
    objections = {
        Objection.SHORT: features.words < _FEWEST_WORDS,
        Objection.UNREAD: _cannot_be_read(features),
        Objection.OPPOSITE: features.opposite and unshared < _MUCH_SHARED,
        Objection.DENIAL: features.denial and unshared < _NEARLY_ALL_SHARED,
        Objection.NAMES: features.other_names and unshared < _NEARLY_ALL_SHARED,
        Objection.BESIDES: features.besides < least and unshared > _EXACT,
        Objection.FIGURES: _figures_differ(features),
    }
    return next((objection for objection, holds in objections.items() if holds), None)


def _cannot_be_read(features: Features) -> bool:
    """Say it where likeness rests on next to no shared word or figure, or on letters alone.

    To a model of English all texts of another tongue are alike.
    """
    if features.shared + _WORTH_OF_A_FIGURE * features.agreeing < _LEAST_SHARED:
        return True
    return features.blur > _BLURRED and features.shared < _SHARED_ANYWAY


def _figures_differ(features: Features) -> bool:
    """Say it of any figure where the words are alike, and of weighty ones else."""
    if features.clashing:
        return True
    if features.unshared < _NEARLY_ALL_SHARED:
        return features.differing > 0
    weighty = features.differing >= max(_A_FIGURE, features.agreeing)
    return weighty and features.unshared < _HALF_SHARED


def features_of(one: Telling, other: Telling, reader: Reader) -> Features:
    """Compare two tellings; which comes first makes no difference."""
    besides, blur, unshared = _besides(one, other, reader)
    agreeing, differing = _figures(one.numbers, other.numbers)
    totals = [sum(number.weight for number in each.numbers) for each in (one, other)]
    only_one, only_other = one.every_word - other.every_word, other.every_word - one.every_word
    return Features(
        words=min(len(one.words), len(other.words)),
        likeness=float(one.vector @ other.vector),
        shared=_shared(one, other),
        besides=besides,
        blur=blur,
        unshared=unshared,
        agreeing=agreeing,
        differing=differing,
        one_sided=min(totals) == 0 and max(totals) >= _A_FIGURE,
        clashing=agreeing == 0 and min(totals) > 0,
        denial=bool(one.every_word & _DENIALS) != bool(other.every_word & _DENIALS),
        opposite=any(
            (only_one & more and only_other & less) or (only_one & less and only_other & more)
            for more, less in _OPPOSITES
        ),
        other_names=bool(one.names - other.every_word) and bool(other.names - one.every_word),
    )


def _shared(one: Telling, other: Telling) -> float:
    ours = dict(zip(one.stems, one.weights.tolist(), strict=True))
    theirs = dict(zip(other.stems, other.weights.tolist(), strict=True))
    common = sum(weight * theirs[name] for name, weight in ours.items() if name in theirs)
    lengths = [sum(weight * weight for weight in each.values()) for each in (ours, theirs)]
    return common / float(np.sqrt(lengths[0] * lengths[1])) if common else 0.0


def _besides(one: Telling, other: Telling, reader: Reader) -> tuple[float, float, float]:
    """Return how near the unshared words come, are on the mean, and how much of all they are."""
    ours, theirs = _not_in(one, other), _not_in(other, one)
    near = _nearness_of_words(
        [one.words[place] for place in ours], [other.words[place] for place in theirs], reader
    )
    kept_ours = near.max(axis=1, initial=0.0) < _SAME_WORD
    kept_theirs = near.max(axis=0, initial=0.0) < _SAME_WORD
    near = near[np.ix_(kept_ours, kept_theirs)]
    our_weights = one.weights[ours][kept_ours]
    their_weights = other.weights[theirs][kept_theirs]
    unshared = min(
        our_weights.sum() / max(one.weights.sum(), 1.0),
        their_weights.sum() / max(other.weights.sum(), 1.0),
    )
    if not near.size:
        nothing_left = not (our_weights.size or their_weights.size)
        return float(nothing_left), 0.0, float(unshared)
    found = (
        near.max(axis=1) @ our_weights / our_weights.sum()
        + near.max(axis=0) @ their_weights / their_weights.sum()
    )
    return float(found / 2), float(near.mean()), float(unshared)


def _not_in(one: Telling, other: Telling) -> list[int]:
    known = set(other.stems)
    return [place for place, name in enumerate(one.stems) if name not in known]


def _nearness_of_words(ours: list[str], theirs: list[str], reader: Reader) -> np.ndarray:
    if not ours or not theirs:
        return np.zeros((len(ours), len(theirs)))
    near = reader.word_vectors(ours) @ reader.word_vectors(theirs).T
    for row, column in _kin(ours, theirs):
        near[row, column] = max(near[row, column], _KIN)
    return near


def _kin(ours: list[str], theirs: list[str]) -> Iterator[tuple[int, int]]:
    """Yield where two words begin alike, or one ends as the other is: `takes` and `retakes`."""
    by_beginning: dict[str, list[int]] = {}
    by_end: dict[str, list[int]] = {}
    for column, word in enumerate(theirs):
        by_beginning.setdefault(word[:_ALIKE], []).append(column)
        by_end.setdefault(word[-_HELD:], []).append(column)
    for row, word in enumerate(ours):
        if len(word) >= _ALIKE:
            for column in by_beginning.get(word[:_ALIKE], ()):
                yield row, column
        if len(word) >= _HELD:
            for column in by_end.get(word[-_HELD:], ()):
                if word.endswith(theirs[column]) or theirs[column].endswith(word):
                    yield row, column


def _figures(ours: frozenset[Number], theirs: frozenset[Number]) -> tuple[float, float]:
    """Return the weights of figures that agree and that differ, by the one with less of each."""
    sides = [
        (number.weight, any(number.agrees(against) for against in others))
        for mine, others in ((ours, theirs), (theirs, ours))
        for number in mine
    ]
    first, second = sides[: len(ours)], sides[len(ours) :]
    agreeing = min(sum(weight for weight, found in side if found) for side in (first, second))
    differing = min(sum(weight for weight, found in side if not found) for side in (first, second))
    return agreeing, differing
