"""What one tick of a list chooses by: its candidates and rules, made ready for every page. Pure."""

import hashlib
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from service.selection.candidates import Candidates
from service.selection.explain import Facts, TopicTable
from service.selection.numbers import places
from service.selection.outlook import Outlook, recency_of, windows_of
from service.selection.page import Page, PagePicker, PagePicks, Pairs
from service.selection.rules import Rules
from service.selection.scoring import UNIT, Doubles, Ints, lay_ground, likeness, popularity
from service.selection.top_five import Caps, Counted, Flags, Topics

NOVELTIES = 64  # how many of the most uncertain are looked at for the pick that tries something
_ENOUGH_LIKES = 3  # fewer are no crowd
_WORD = 64
MARK = "\n"  # between the texts of two readers; JSON writes it otherwise


@dataclass(frozen=True, slots=True, kw_only=True)
class Draw:
    """What a page's throw of the dice gave: the same for all its readers."""

    popularity: Doubles  # (C,) the part of the score
    outlooks: tuple[Outlook, ...]  # one for each number of hours that was asked for


class _Holders(NamedTuple):
    """Which candidates have which number: a story's, a podcast's or a speaker's."""

    order: Ints  # (C,) those of one number stand together
    kinds: Ints  # (K,) the numbers there are, rising
    first: Ints  # (K,) where in the order those of each begin
    counts: Ints  # (K,)
    most: int  # of one number


class Tick:
    """Everything about the insights of a tick, worked out once."""

    def __init__(self, candidates: Candidates, rules: Rules) -> None:
        self.candidates = candidates
        self.rules = rules
        self.ground = lay_ground(
            vectors=candidates.vectors,
            topics=candidates.topics,
            quality=candidates.quality,
            rules=rules,
        )
        self.table = TopicTable.of(candidates.topics, self.ground)
        self._held: dict[int, _Holders] = {}  # by which of the candidates' arrays
        apart, loosely, counted = [candidates.story_ids], [], []
        for cap in (
            Counted(candidates.episode_ids, rules.per_episode, is_loose=False),
            Counted(candidates.podcast_ids, rules.per_podcast, is_loose=False),
            Counted(candidates.speakers, rules.per_speaker, is_loose=True),
            Counted(candidates.thread_ids, rules.per_thread, is_loose=True),
        ):
            if cap.most > 1:
                counted.append(cap)
            elif cap.is_loose:
                loosely.append(cap.numbers)
            else:
                apart.append(cap.numbers)
        self.caps = Caps(
            alike=likeness(self.ground, rules, apart=apart, loosely=loosely),
            counted=tuple(counted),
            topics=bits(candidates.topics > 0),
            least_topics=rules.least_topics,
            variety=rules.variety,
        )
        self.is_good = (candidates.quality >= rules.good_quality) & (
            candidates.age_hours <= rules.good_hours
        )
        rate = (rules.usual_likes + candidates.liked) / (
            rules.usual_shown + np.maximum(candidates.shown, candidates.liked) + candidates.disliked
        )
        self._is_popular = (candidates.liked >= _ENOUGH_LIKES) & (
            rate > rules.usual_likes / rules.usual_shown
        )
        middle = float(np.median(candidates.quality)) if len(candidates) else 0.0
        self._is_strong = candidates.quality >= middle

    @cached_property
    def heads(self) -> npt.NDArray[np.object_]:
        """How the text of each candidate as a pick begins: (2 C,), in the end as a first pick."""
        numbers = self.candidates.insight_ids.tolist()
        later = [f",[{number}," for number in numbers]
        return np.array(later + [f"]{MARK}[[{number}," for number in numbers], dtype=object)

    @property
    def vectors_mark(self) -> int:
        """A number that is another one when any vector is."""
        return zlib.crc32(self.ground.columns[: self.ground.vectors].tobytes())

    def draw(self, seed: int, hours: Sequence[int]) -> Draw:
        """Draw how popular each insight may be, and lay out what readers see who look so far."""
        candidates, rules = self.candidates, self.rules
        drawn, unknown = popularity(
            shown=candidates.shown,
            liked=candidates.liked,
            disliked=candidates.disliked,
            rules=rules,
            chance=np.random.Generator(np.random.PCG64(seed)),
        )
        return Draw(
            popularity=drawn,
            outlooks=tuple(self._outlook(back, drawn, unknown) for back in hours),
        )

    def outlook(self, hours: int, drawn: Doubles, novelties: Ints) -> Outlook:
        """Return how the insights stand with whom looks back this many hours."""
        ages = self.candidates.age_hours
        recency = recency_of(ages, hours, self.rules)
        return Outlook(
            hours=hours,
            windows=windows_of(ages, hours, self.rules),
            recency=recency,
            standing=np.rint((self.ground.quality + recency + drawn) * UNIT).astype(np.float32),
            novelties=novelties,
        )

    def _outlook(self, hours: int, drawn: Doubles, unknown: Doubles) -> Outlook:
        """Return the same, with those worth a try in order."""
        candidates, rules = self.candidates, self.rules
        recency = recency_of(candidates.age_hours, hours, rules)
        worth = self.ground.quality + recency + drawn + rules.uncertainty * unknown
        may = self.is_good & (candidates.topics.sum(axis=1) > 0)
        may &= candidates.age_hours <= hours  # nothing older is tried
        order = np.lexsort((candidates.insight_ids, -np.where(may, worth, -np.inf)))
        return self.outlook(hours, drawn, order[: min(NOVELTIES, int(may.sum()))])

    def most_standing(self, draw: Draw) -> float:
        """Return what no insight's standing is above with anybody, however far they look back.

        One bound for all, so that who else is on a page changes nobody's scores.
        """
        return float(np.abs(self.ground.quality + draw.popularity).max(initial=0.0)) + float(
            self.rules.recency
        )

    def facts(self, draw: Draw, *, asked: Topics, liked: Topics) -> Facts:
        return Facts(
            popularity=draw.popularity,
            is_popular=self._is_popular,
            age_hours=self.candidates.age_hours,
            is_strong=self._is_strong,
            asked=asked,
            liked=liked,
        )

    def pick(self, page: Page) -> PagePicks:
        """Return what everybody on a page gets."""
        return PagePicker(self.ground, self.caps, page).pick()

    def readable(self, codes: Sequence[str], own: str) -> Flags | None:
        """Return which insights readers of each language can read; None: all can read all."""
        languages = self.candidates.languages
        ours = languages == own
        if ours.all():
            return None
        return np.array([ours | (languages == code) for code in codes]).reshape(
            len(codes), len(languages)
        )

    def spread(self, rows: Ints, keys: Ints, numbers: Ints) -> tuple[Ints, Ints]:
        """Return the pairs of reader and insight meant by pairs of reader and key.

        `numbers` (C,) is the key of each insight: its story, podcast or speaker.
        """
        found = self._holders(numbers)
        kind = places(found.kinds, keys)
        known = np.flatnonzero(kind >= 0)
        rows, kind = rows[known], kind[known]
        if found.most == 1:
            return rows, found.order[found.first[kind]]
        counts = found.counts[kind]
        ends = np.cumsum(counts)
        at = np.arange(ends[-1] if len(ends) else 0)
        at += np.repeat(found.first[kind] - (ends - counts), counts)
        return np.repeat(rows, counts), found.order[at]

    def _holders(self, numbers: Ints) -> _Holders:
        """Return which candidates have which of these numbers, worked out once."""
        known = self._held.get(id(numbers))
        if known is None:
            order = np.argsort(numbers, kind="stable")
            kinds, first, counts = np.unique(numbers[order], return_index=True, return_counts=True)
            known = self._held[id(numbers)] = _Holders(
                order, kinds, first, counts, int(counts.max(initial=0))
            )
        return known

    def about(self, rows: Ints, topics: Ints) -> tuple[Ints, Ints]:
        """Return the pairs of reader and insight meant by pairs of reader and topic."""
        insights, places = np.nonzero(self.candidates.topics.T[topics])
        return rows[insights], places

    def explores(self, people: Ints, picks: Ints, seed: int) -> Flags:
        """Return whose last pick tries something new: one pick in so many, by lot of their ids."""
        every = self.rules.explore_every
        if not every:
            return np.zeros(len(people), dtype=bool)
        mixed = (people.astype(np.uint64) + np.uint64(seed)) * np.uint64(0x9E3779B97F4A7C15)
        lot = (mixed >> np.uint64(11)).astype(np.float64) / 2.0**53
        chosen: Flags = (lot < picks / every) & (picks > 1)
        return chosen

    def pairs(self, found: Sequence[tuple[Ints, Ints]], people: int) -> Pairs:
        rows = np.concatenate([rows for rows, _ in found])
        return Pairs.of(rows, np.concatenate([at for _, at in found]), people)


def bits(flags: Flags) -> Topics:
    """Return rows of flags as words of 64 bits."""
    words = -(-flags.shape[1] // _WORD) or 1
    padded = np.zeros((len(flags), words * _WORD), dtype=bool)
    padded[:, : flags.shape[1]] = flags
    packed = np.packbits(padded, axis=1, bitorder="little")
    return packed.view("<u8").astype(np.uint64)


def seed_of(*parts: object) -> int:
    """Return a seed that is the same wherever and whenever the same is chosen anew."""
    text = "/".join(str(part) for part in parts)
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big") >> 1
