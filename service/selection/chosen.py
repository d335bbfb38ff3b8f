"""What a page of readers gets: quiet days as each wishes, reasons, and the text that is stored."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from service.audience.models import QuietDay
from service.selection.explain import PARTS, REASONS, parts, reasons
from service.selection.page import Page, PagePicks
from service.selection.reasons import ReasonCode
from service.selection.scoring import Doubles, Ints
from service.selection.tick import Draw, Tick
from service.selection.top_five import NOTHING, Flags, Topics

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
    quiet_days: Sequence[str]
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
    parts: Doubles  # (B, P + NEXT, parts of a score)
    choices: list[Choices]


def made_of(tick: Tick, page: Page, draw: Draw, wish: Wish, *, seed: int) -> Chosen:
    """Pick for everybody on a page and say why."""
    picked = tick.pick(page)
    facts = tick.facts(draw, asked=wish.asked, liked=wish.liked)
    both = np.concatenate([picked.positions, picked.following], axis=1)
    rows, columns = np.nonzero(both != NOTHING)
    at = both[rows, columns]
    found = parts(tick.ground, page, facts, tick.table, picked.scores[rows, columns], rows, at)
    all_parts = np.zeros((*both.shape, len(PARTS)))
    all_parts[rows, columns] = found
    kept = _kept(tick, page, wish, picked)
    rows, columns = np.nonzero(kept)
    at = picked.positions[rows, columns]
    found = all_parts[rows, columns]
    code, topic = reasons(page, facts, tick.table, found, rows, at)
    _name_tries(tick, page, picked, rows, columns, at, code, topic)
    _name_missed(tick, wish, rows, at, code, topic)
    texts = _texts(tick, wish, code, topic, at, found.sum(axis=1))
    ends = np.cumsum(kept.sum(axis=1)).tolist()
    insights = tick.candidates.insight_ids[at].tolist()
    stories = tick.candidates.story_ids[at].tolist()
    choices, start = [], 0
    for end in ends:
        if end == start:
            choices.append(NO_CHOICES)
        else:
            text = "[" + ",".join(texts[start:end]) + "]"
            choices.append(Choices(insights[start:end], stories[start:end], text))
        start = end
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
    wishes = np.array(wish.quiet_days)
    kept: Flags = there.copy()
    fewer = is_quiet & (wishes == QuietDay.FEWER.value)
    kept[fewer] = good[fewer]
    kept[is_quiet & (wishes == QuietDay.NOTHING.value)] = False
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
    asks = np.array(wish.quiet_days)[rows] == QuietDay.MISSED.value
    missed = asks & (tick.candidates.age_hours[at] > tick.rules.good_hours)
    code[missed] = REASONS.index(ReasonCode.MISSED)
    topic[missed] = -1


def _texts(tick: Tick, wish: Wish, code: Ints, topic: Ints, at: Ints, scores: Doubles) -> list[str]:
    """Return each pick as JSON: insight, score, reason, what the reason names."""
    candidates = tick.candidates
    named = topic.copy()  # a number that, with the code, stands for one name
    for reason, numbers in (
        (ReasonCode.PODCAST, candidates.podcast_ids),
        (ReasonCode.SPEAKER, candidates.speakers),
    ):
        says = code == REASONS.index(reason)
        named[says] = numbers[at[says]]
    # one number for both, since finding the different ones among pairs takes ten times as long
    kinds, place = np.unique((named + 1) * len(REASONS) + code, return_inverse=True)
    tails = [
        _tail(tick, wish, kind % len(REASONS), kind // len(REASONS) - 1) for kind in kinds.tolist()
    ]
    return [
        f"[{insight_id},{score:.3f},{tails[kind]}]"
        for insight_id, score, kind in zip(
            candidates.insight_ids[at].tolist(), scores.tolist(), place.tolist(), strict=True
        )
    ]


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
    return f'"{reason.value}",{_as_json(argument)}'
