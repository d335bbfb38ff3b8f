"""What a page of readers gets: quiet days as each wishes, reasons, and the text that is stored."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from service.audience.models import QuietDay
from service.selection.explain import PARTS, REASONS, parts, reasons
from service.selection.numbers import distinct
from service.selection.page import Page, PagePicks
from service.selection.reasons import ReasonCode
from service.selection.scoring import Doubles, Ints
from service.selection.tick import MARK, Draw, Tick
from service.selection.top_five import NOTHING, Flags, Topics

QUIET_DAYS = ("fewer", "missed", "nothing")  # kept as numbers: a new one goes to the end
_FEWER, _MISSED, _NOTHING = (
    QUIET_DAYS.index(day.value) for day in (QuietDay.FEWER, QuietDay.MISSED, QuietDay.NOTHING)
)
_LEAST_MILLI, _MOST_MILLI = -2_000, 10_000
_as_json = json.JSONEncoder(ensure_ascii=False).encode


class Choices(NamedTuple):
    """One reader's picks, best first, ready to be stored; `text` is JSON of all of them."""

    insight_ids: list[int]
    story_ids: list[int]
    text: str


NO_CHOICES = Choices([], [], "[]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What else there is to know of the readers of a page: parallel, B."""

    people: Ints
    quiet: npt.NDArray[np.uint8]  # what they want of a day with few good ones: in `QUIET_DAYS`
    asked: Topics  # (B, W) topics they asked for
    liked: Topics  # (B, W) topics they took to
    languages: Sequence[str]  # what the numbers of `Page.languages` stand for
    list_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """The picks of a page, and all they came from."""

    tick: Tick
    page: Page
    draw: Draw
    wish: Wish
    seed: int
    picked: PagePicks
    kept: Flags  # (B, P) which picks the brief holds, after what quiet days are to be
    parts: Doubles  # (parts of a score, B, P + NEXT)
    choices: list[Choices]


def made_of(tick: Tick, page: Page, draw: Draw, wish: Wish, *, seed: int) -> Chosen:
    """Pick for everybody on a page and say why."""
    picked = tick.pick(page)
    facts = tick.facts(draw, asked=wish.asked, liked=wish.liked)
    both = np.concatenate([picked.positions, picked.following], axis=1)
    people, width = both.shape
    places = np.maximum(both, 0).ravel()
    owners = np.repeat(np.arange(people), width)
    all_parts = parts(
        tick.ground, page, facts, tick.table, picked.scores.ravel(), owners, places
    ).reshape(len(PARTS), people, width)
    all_parts[:, both == NOTHING] = 0.0
    kept = _kept(tick, page, wish, picked)
    rows, columns = np.nonzero(kept)
    at = picked.positions[rows, columns]
    found = all_parts[:, rows, columns]
    code, topic = reasons(page, facts, tick.table, found, rows, at)
    _name_tries(tick, page, picked, rows, columns, at, code, topic)
    _name_missed(tick, wish, rows, at, code, topic)
    texts = _texts(tick, wish, code, topic, at, found.sum(axis=0), kept)
    insights = tick.candidates.insight_ids[at].tolist()
    stories = tick.candidates.story_ids[at].tolist()
    ends = np.cumsum(kept.sum(axis=1)).tolist()
    choices = [
        Choices(insights[start:end], stories[start:end], text)
        for start, end, text in zip([0, *ends[:-1]], ends, texts, strict=True)
    ]
    return Chosen(
        tick=tick,
        page=page,
        draw=draw,
        wish=wish,
        seed=seed,
        picked=picked,
        kept=kept,
        parts=all_parts,
        choices=choices,
    )


def _kept(tick: Tick, page: Page, wish: Wish, picked: PagePicks) -> Flags:
    """Return which picks are sent: on a day with few good ones each reader's wish decides."""
    there: Flags = picked.positions != NOTHING
    good = there & tick.is_good[picked.positions] if len(tick.is_good) else there
    is_quiet = good.sum(axis=1) < np.minimum(tick.rules.least_good, page.picks)
    if not is_quiet.any():
        return there
    kept: Flags = there.copy()
    fewer = is_quiet & (wish.quiet == _FEWER)
    kept[fewer] = good[fewer]
    kept[is_quiet & (wish.quiet == _NOTHING)] = False
    return kept


def _name_tries(
    tick: Tick,
    page: Page,
    picked: PagePicks,
    rows: Ints,
    columns: Ints,
    at: Ints,
    code: Ints,
    topic: Ints,
) -> None:
    """Mark the picks that try something new; each names the first topic it is about."""
    tries = picked.explored[rows] & (columns == page.picks[rows] - 1)
    code[tries] = REASONS.index(ReasonCode.EXPLORE)
    topic[tries] = tick.table.places[at[tries], 0]


def _name_missed(tick: Tick, wish: Wish, rows: Ints, at: Ints, code: Ints, topic: Ints) -> None:
    """Say of what is old that it was missed, to whom asked for that."""
    asks = (wish.quiet == _MISSED)[rows]
    missed = asks & (tick.candidates.age_hours[at] > tick.rules.good_hours)
    code[missed] = REASONS.index(ReasonCode.MISSED)
    topic[missed] = -1


def _texts(
    tick: Tick, wish: Wish, code: Ints, topic: Ints, at: Ints, scores: Doubles, kept: Flags
) -> list[str]:
    """Return as JSON what each reader gets: insight, score, reason, what the reason names.

    Three pieces make a pick, and many picks share each. They are joined all at once, with a mark
    between readers that JSON never holds: so many small strings would cost more than all of them.
    """
    candidates = tick.candidates
    named = topic.copy()  # a number that, with the code, stands for one name
    for reason, numbers in (
        (ReasonCode.PODCAST, candidates.podcast_ids),
        (ReasonCode.SPEAKER, candidates.speakers),
    ):
        says = code == REASONS.index(reason)
        named[says] = numbers[at[says]]
    kinds, place = distinct((named + 1) * len(REASONS) + code)
    tails = [
        _tail(tick, wish, kind % len(REASONS), kind // len(REASONS) - 1) for kind in kinds.tolist()
    ]
    counts = kept.sum(axis=1)
    is_first = np.zeros(len(at), dtype=np.int64)
    is_first[(np.cumsum(counts) - counts)[counts > 0]] = len(candidates)
    pieces = np.empty((len(at), 3), dtype=object)
    pieces[:, 0] = tick.heads[at + is_first]
    pieces[:, 1] = _in_points(scores)
    pieces[:, 2] = np.array(tails, dtype=object)[place]
    whole = "".join(pieces.ravel().tolist()) + "]"
    texts = iter(whole.split(MARK)[1:])
    return [next(texts) if count else NO_CHOICES.text for count in counts.tolist()]


def _in_points(scores: Doubles) -> npt.NDArray[np.object_]:
    """Return scores as text with three decimals."""
    milli = np.rint(scores * 1_000).astype(np.int64)
    places = np.clip(milli - _LEAST_MILLI, 0, _MOST_MILLI - _LEAST_MILLI)
    texts = _usual_scores()[places]
    for row in np.flatnonzero(places + _LEAST_MILLI != milli).tolist():
        texts[row] = f"{scores[row]:.3f}"
    return texts


@cache
def _usual_scores() -> npt.NDArray[np.object_]:
    """Return the texts of all scores a formula of usual weights gives, made once."""
    return np.array(
        [f"{milli / 1_000:.3f}" for milli in range(_LEAST_MILLI, _MOST_MILLI + 1)], dtype=object
    )


def _tail(tick: Tick, wish: Wish, code: int, named: int) -> str:
    reason, argument = REASONS[code], ""
    candidates = tick.candidates
    if reason is ReasonCode.LIST_BEST:
        argument = wish.list_name
    elif reason is ReasonCode.PODCAST:
        argument = candidates.podcast_names[named]
    elif reason is ReasonCode.SPEAKER:
        argument = candidates.speaker_names[named]
    elif named >= 0:
        argument = candidates.topic_names[named]
    return f',"{reason.value}",{_as_json(argument)}]'
