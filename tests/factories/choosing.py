"""Made-up ticks and pages, and a chooser that is slow and obvious."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from service.selection.candidates import Candidates
from service.selection.page import Page, Pairs
from service.selection.rules import Rules
from service.selection.scoring import (
    ALIKE,
    APART,
    LOOSELY_APART,
    NEVER,
    Floats,
    parts_of,
    scores_of,
    taste_in_steps,
    weigh,
)
from service.selection.tick import Draw, Tick, bits


def made_candidates(chance: np.random.Generator, count: int, **given: Any) -> Candidates:
    """Return so many insights, newest first; a tenth share a story, many a podcast and topics."""
    size = int(given.pop("size", 8))
    kinds = int(given.pop("topics", 12))
    levels = int(given.pop("levels", 1_000))
    vectors = chance.normal(size=(count, size))
    vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
    about = np.zeros((count, kinds), dtype=np.float32)
    for row in about:
        row[chance.integers(0, kinds, chance.integers(0, 4))] = 1
    few = max(1, count // 4)
    values: dict[str, Any] = {
        "insight_ids": np.arange(1, count + 1) * 10,
        "story_ids": chance.integers(1, count + count // 10 + 2, count),
        "thread_ids": chance.integers(1, count + 2, count),
        "podcast_ids": chance.integers(1, few + 1, count),
        "episode_ids": chance.integers(1, 2 * few + 1, count),
        "speakers": chance.integers(0, few, count),
        "quality": (chance.integers(0, levels, count) / levels).astype(np.float32),
        "age_hours": np.sort(chance.uniform(0, 900, count) ** chance.uniform(0.5, 1)).astype(
            np.float32
        ),
        "languages": np.array(["en"] * count, dtype=np.str_),
        "topics": about,
        "shown": chance.integers(0, 500, count),
        "liked": chance.integers(0, 30, count),
        "disliked": chance.integers(0, 5, count),
        "vectors": vectors.astype(np.float32),
        "model_id": 1,
        "model": "made 1",
        "topic_ids": list(range(1, kinds + 1)),
        "topic_names": [f"Topic {number}" for number in range(1, kinds + 1)],
        "speaker_keys": [f"speaker {number}" for number in range(few)],
        "speaker_names": [f"Speaker {number}" for number in range(few)],
        "podcast_names": {number: f"Podcast {number}" for number in range(1, few + 1)},
    }
    return Candidates(**(values | given))


def made_page(chance: np.random.Generator, tick: Tick, people: int, draw: Draw) -> Page:
    """Return so many readers: some with a taste, some with topics, some with neither."""
    candidates = tick.candidates
    count, kinds = candidates.topics.shape
    interests = np.where(
        chance.random((people, kinds)) < chance.choice([0.0, 0.1, 0.5], (people, 1)),
        chance.choice([0.4, 1.0, 2.5], (people, kinds)),
        0.0,
    )
    rows = np.flatnonzero(chance.random(people) < 0.6)
    taste = taste_in_steps(
        chance.normal(size=(len(rows), candidates.vectors.shape[1])).astype(np.float32)
    )
    had = chance.random((people, count)) < chance.choice([0.0, 0.1, 0.9], (people, 1))
    out_rows, out_positions = np.nonzero(had)
    follows = [chance.random((people, count)) < 0.05 for _ in range(2)]
    picks = chance.choice([3, 5, 7], people)
    return Page(
        wants=weigh(
            tick.ground,
            tick.rules,
            taste=taste,
            taste_rows=rows,
            likes=chance.uniform(0.5, 30, len(rows)),
            interests=interests,
            most_standing=tick.most_standing(draw),
        ),
        outlooks=draw.outlooks,
        looks=chance.integers(0, len(draw.outlooks), people),
        out=Pairs.of(out_rows, out_positions, people),
        follows_podcast=_valued(follows[0], 0.5),
        follows_speaker=_valued(follows[1], 0.3),
        languages=np.zeros(people, dtype=np.int64),
        readable=None,
        picks=picks,
        explores=(chance.random(people) < 0.5) & (interests > 0).any(axis=1),
        own_topics=bits(interests > 0),
    )


def _valued(flags: np.ndarray, value: float) -> Pairs:
    rows, positions = np.nonzero(flags)
    return Pairs.of(rows, positions, len(flags), np.full(len(rows), value, dtype=np.float32))


def points_of(tick: Tick, page: Page, row: int) -> Floats:
    """Return one reader's score of every insight, worked out for them alone."""
    one = np.array([row])
    parts = parts_of(page.wants, one)[0]
    tick.ground.columns[-1] = page.outlooks[page.looks[row]].standing
    whole = scores_of(tick.ground, page.wants, one, upto=len(tick.candidates))[0].copy()
    for pairs in (page.follows_podcast, page.follows_speaker):
        for place in range(pairs.starts[row], pairs.starts[row + 1]):
            whole[pairs.positions[place]] += np.rint(pairs.values[place] * parts)
    whole[page.out.positions[page.out.starts[row] : page.out.starts[row + 1]]] = NEVER
    points: Floats = (whole / parts).astype(np.float32)
    return points


@dataclass
class PlainPicker:
    """Picks for one reader by looking at everything again for every pick."""

    tick: Tick
    page: Page
    row: int

    def pick(self) -> tuple[list[int], bool]:
        """Return the positions picked, and whether the last one is a try."""
        self.outlook = self.page.outlooks[self.page.looks[self.row]]
        windows = self.outlook.windows
        self.points = points_of(self.tick, self.page, self.row)
        chosen: list[int] = []
        tried = False
        for number, upto in enumerate(windows):
            is_last = number == len(windows) - 1
            if is_last or upto != windows[number + 1]:
                chosen, tried = self._within(upto, is_last=is_last)
            if len(chosen) == self.page.picks[self.row]:
                break
        return chosen, tried

    def _within(self, upto: int, *, is_last: bool) -> tuple[list[int], bool]:
        picks, explores = int(self.page.picks[self.row]), bool(self.page.explores[self.row])
        own = self._own_topics(upto)
        chosen: list[int] = []
        for step in range(picks):
            if explores and step == picks - 1 and len(chosen) == step:
                found = self._novelty(chosen, upto)
                if found is not None:
                    return [*chosen, found], True
            open_ones = [p for p in range(upto) if self._fits(p, chosen, strictly=True)]
            if not open_ones and is_last:
                open_ones = [p for p in range(upto) if self._fits(p, chosen, strictly=False)]
            missing = min(self.tick.caps.least_topics, len(own)) - len(self._covered(chosen, own))
            regular = picks - explores
            if missing > 0 and missing >= regular - step > 0:
                left = own - self._covered(chosen, own)
                open_ones = [p for p in open_ones if self._topics(p) & left] or open_ones
            if not open_ones:
                break
            values = {p: self._value(p, chosen) for p in open_ones}
            chosen.append(min(open_ones, key=lambda p: (-values[p], p)))
        return chosen, False

    def _value(self, position: int, chosen: list[int]) -> np.float32:
        near = [int(self.tick.caps.alike[c, position]) for c in chosen]
        nearness = max((n for n in near if n < LOOSELY_APART), default=0)
        penalty = np.float32(self.tick.caps.variety / ALIKE) * np.float32(nearness)
        value: np.float32 = self.points[position] - penalty
        return value

    def _fits(self, position: int, chosen: list[int], *, strictly: bool) -> bool:
        if self.points[position] == NEVER or position in chosen:
            return False
        limit = LOOSELY_APART if strictly else APART
        if any(self.tick.caps.alike[c, position] >= limit for c in chosen):
            return False
        return all(
            sum(cap.numbers[c] == cap.numbers[position] for c in chosen) < cap.most
            for cap in self.tick.caps.counted
            if strictly or not cap.is_loose
        )

    def _novelty(self, chosen: list[int], upto: int) -> int | None:
        wanted = self._topics_of_bits(self.page.own_topics[self.row])
        for position in self.outlook.novelties.tolist():
            is_new = position < upto and not self._topics(position) & wanted
            if is_new and self._fits(position, chosen, strictly=True):
                return int(position)
        return None

    def _own_topics(self, upto: int) -> set[int]:
        there = set().union(*(self._topics(p) for p in range(upto))) if upto else set()
        own = self._topics_of_bits(self.page.own_topics[self.row])
        return (own & there) if own else there

    def _covered(self, chosen: list[int], own: set[int]) -> set[int]:
        return set().union(*(self._topics(p) for p in chosen)) & own if chosen else set()

    def _topics(self, position: int) -> set[int]:
        return set(np.flatnonzero(self.tick.candidates.topics[position]).tolist())

    @staticmethod
    def _topics_of_bits(words: np.ndarray) -> set[int]:
        return {
            64 * word + bit
            for word, value in enumerate(words.tolist())
            for bit in range(64)
            if value >> bit & 1
        }


def made_tick(seed: int, count: int, rules: Rules | None = None, **given: Any) -> Tick:
    """Return a tick over made-up insights."""
    chance = np.random.default_rng(seed)
    return Tick(made_candidates(chance, count, **given), rules or Rules())
