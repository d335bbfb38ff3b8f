"""Judge whether two insights tell the same finding, perhaps in other words. Pure.

Likeness alone cannot tell: "cut costs by 12 per cent" and "cut costs by 40 per cent" are as like as
two texts can be. So there are objections first (figures, denials, opposites, names that differ,
or nothing in common besides the subject), and what meets none of them is weighed: likeness as a
whole and word by word, agreement of figures, and whether the words they do not share still speak
of the same things. The weights come from `python -m benchmarks.fit_stories`.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from service.insights.understanding.numbers import compare_figures
from service.insights.understanding.telling import Reader, Telling
from service.insights.understanding.unshared_words import compare_unshared

Numbers = npt.NDArray[np.float64]


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
_NEARLY_ALL_SHARED, _MUCH_SHARED, _HALF_SHARED = 0.3, 0.37, 0.6  # of `unshared`
_A_FIGURE = 0.6  # of `Number.weight`
_FEWEST_WORDS = 5
_BLURRED, _SHARED_ANYWAY = 0.16, 0.6
_LEAST_SHARED, _WORTH_OF_A_FIGURE = 0.14, 0.05
_EXACT = 0.02  # of `unshared`
_READ_AT_ONCE = 200  # pairs, whose words are read together
_SLACK = 1e-3  # for what rounding may have taken
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
    return judge_all([(one, other)], reader)[0]


def judge_all(pairs: Sequence[tuple[Telling, Telling]], reader: Reader) -> list[Verdict]:
    """Return for each pair whether both tell the same finding.

    What takes long, such as what the words mean that they do not share, is looked at last: most
    pairs are two findings whatever comes of it.
    """
    scale = _scale_of(reader)
    verdicts, features = [], {}
    for place, (one, other) in enumerate(pairs):
        agreeing, differing = compare_figures(one.numbers, other.numbers)
        if one.numbers and other.numbers and not agreeing:
            verdicts.append(Verdict(0.0, Objection.FIGURES))
            continue
        features[place] = _hopeful_features(one, other, agreeing, differing)
        verdicts.append(_verdict(features[place], scale))
    hopeful = [place for place, verdict in enumerate(verdicts) if verdict.same]
    for start in range(0, len(hopeful), _READ_AT_ONCE):
        page = hopeful[start : start + _READ_AT_ONCE]
        reader.learn({word for place in page for telling in pairs[place] for word in telling.words})
        for place in page:
            found = _with_the_rest(features[place], *pairs[place], reader)
            verdicts[place] = _verdict(found, scale)
    return verdicts


def worth_judging(
    likeness: Numbers, shared: Numbers, figures: tuple[Numbers, Numbers], reader: Reader
) -> npt.NDArray[np.bool_]:
    """Return which pairs may tell one finding, by what is known of many at once.

    `figures` are the weights of the numbers in either. The others would be judged two findings.
    """
    scale = _scale_of(reader)
    least, most = np.minimum(*figures), np.maximum(*figures)
    agreeing = np.minimum(least, _MOST_AGREEING)
    one_sided = (least == 0) & (most >= _A_FIGURE)
    odds = (
        scale.constant
        + scale.likeness * likeness
        + scale.shared * shared
        + scale.besides * _MOST_BESIDES
        + scale.agreeing * agreeing
        + scale.one_sided * one_sided
    )
    read = shared + _WORTH_OF_A_FIGURE * least >= _LEAST_SHARED - _SLACK
    worth: npt.NDArray[np.bool_] = read & (odds >= -_SLACK)
    return worth


def _scale_of(reader: Reader) -> Scale:
    return _SCALES[reader.model.name.partition("-")[0]]


def _verdict(features: Features, scale: Scale) -> Verdict:
    score = 1 / (1 + math.exp(-weighed(features, scale)))
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
    figures = compare_figures(one.numbers, other.numbers)
    return _with_the_rest(_hopeful_features(one, other, *figures), one, other, reader)


def _hopeful_features(one: Telling, other: Telling, agreeing: float, differing: float) -> Features:
    """Compare what is quickly compared, as if nothing else stood between the two."""
    totals = (one.figures, other.figures)
    return Features(
        words=min(len(one.words), len(other.words)),
        likeness=float(one.vector @ other.vector),
        shared=shared_stems(one, other),
        besides=_MOST_BESIDES,
        blur=0.0,
        unshared=1.0,
        agreeing=agreeing,
        differing=differing,
        one_sided=min(totals) == 0 and max(totals) >= _A_FIGURE,
        clashing=agreeing == 0 and min(totals) > 0,
        denial=False,
        opposite=False,
        other_names=False,
    )


def _with_the_rest(features: Features, one: Telling, other: Telling, reader: Reader) -> Features:
    besides, blur, unshared = compare_unshared(one, other, reader)
    only_one, only_other = one.every_word - other.every_word, other.every_word - one.every_word
    return replace(
        features,
        besides=besides,
        blur=blur,
        unshared=unshared,
        denial=one.every_word.isdisjoint(_DENIALS) != other.every_word.isdisjoint(_DENIALS),
        opposite=any(
            (only_one & more and only_other & less) or (only_one & less and only_other & more)
            for more, less in _OPPOSITES
        ),
        other_names=bool(one.names - other.every_word) and bool(other.names - one.every_word),
    )


def shared_stems(one: Telling, other: Telling) -> float:
    """Return the cosine of their stems by rarity."""
    ours, theirs = one.rarities, other.rarities
    common = sum(ours[name] * theirs[name] for name in ours.keys() & theirs.keys())
    return common / (one.length * other.length) if common else 0.0
