"""What each part of a score came to, and the reason that follows from the largest. Pure."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from service.selection.page import Page, Pairs
from service.selection.reasons import ReasonCode
from service.selection.scoring import UNIT, Doubles, Floats, Ground, Ints, parts_of
from service.selection.top_five import Flags, Topics

FRESH_HOURS = 24  # older is not "new since your last brief"
PARTS = ("topics", "taste", "podcast", "speaker", "popularity", "recency", "quality")
_TOPICS, _TASTE, _PODCAST, _SPEAKER, _POPULARITY, _RECENCY, _QUALITY = range(len(PARTS))
REASONS = tuple(ReasonCode)
_NUMBER = {code: number for number, code in enumerate(REASONS)}


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicTable:
    """The topics of each insight in a row, C by as many as any has; shorter rows end in none."""

    places: Ints  # (C, M)
    there: Flags  # (C, M)
    shares: Floats  # (C, M) how much each counts, in parts of one: whole numbers

    @classmethod
    def of(cls, topics: npt.NDArray[np.float32], ground: Ground) -> "TopicTable":
        most = max(1, int(topics.sum(axis=1).max(initial=0)))
        if not topics.shape[1]:
            nothing = np.zeros((len(topics), most), dtype=np.int64)
            return cls(places=nothing, there=nothing > 0, shares=nothing.astype(np.float32))
        places = np.argsort(-topics, axis=1, kind="stable")[:, :most]
        there = np.take_along_axis(topics, places, axis=1) > 0
        held = ground.columns[ground.vectors : -1].T
        shares = np.where(there, np.take_along_axis(held, places, axis=1), np.float32(0))
        return cls(places=places, there=there, shares=shares)


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What reasons are checked against, so that they are true."""

    popularity: Doubles  # (C,) the part
    is_popular: Flags  # (C,) more took to it than usual, not by the luck of a draw
    age_hours: npt.NDArray[np.float32]  # (C,)
    is_strong: Flags  # (C,) among the better half by quality
    asked: Topics  # (B, W) topics they asked for
    liked: Topics  # (B, W) topics they took to


def parts(
    ground: Ground,
    page: Page,
    facts: Facts,
    table: TopicTable,
    scores: Doubles,
    rows: Ints,
    at: Ints,
) -> Doubles:
    """Return (parts, N): what the score of insight `at[i]` for reader `rows[i]` is made of.

    `scores` are whole ones, in points; the taste is told against what the average insight gets.
    """
    found = np.zeros((len(PARTS), len(rows)))
    wants, count = page.wants, len(ground)
    if not count:
        return found
    if wants.topics.shape[1]:
        whole = _topics_wanted(page, table, rows, at)
        found[_TOPICS] = np.vecdot(whole, table.shares.take(at, axis=0)) / parts_of(wants, rows)
    found[_PODCAST] = _of_pairs(page.follows_podcast, rows, at, count)
    found[_SPEAKER] = _of_pairs(page.follows_speaker, rows, at, count)
    found[_POPULARITY] = facts.popularity.take(at)
    seen = page.looks.take(rows) * count + at
    found[_RECENCY] = np.concatenate([one.recency for one in page.outlooks]).take(seen)
    found[_QUALITY] = ground.quality.take(at)
    standing = np.concatenate([one.standing for one in page.outlooks]).take(seen) / UNIT
    others = found[_TOPICS] + found[_PODCAST] + found[_SPEAKER] + standing
    found[_TASTE] = np.where(
        wants.has_taste.take(rows), scores - others - wants.taste_centre.take(rows), 0.0
    )
    return found


def reasons(
    page: Page, facts: Facts, table: TopicTable, found: Doubles, rows: Ints, at: Ints
) -> tuple[Ints, Ints]:
    """Return the reason of each pick, as a place in `REASONS`, and the topic it names, or -1.

    It is the largest part of the score that can honestly be said.
    """
    can_say = np.where(found > 0, found, -np.inf)
    can_say[_POPULARITY, ~facts.is_popular[at]] = -np.inf
    can_say[_RECENCY, facts.age_hours[at] > FRESH_HOURS] = -np.inf
    can_say[_QUALITY, ~facts.is_strong[at]] = -np.inf
    by_pick = np.ascontiguousarray(can_say.T)
    largest = by_pick.argmax(axis=1)
    nothing = by_pick[np.arange(len(at)), largest] == -np.inf
    follows_any = (page.own_topics.max(axis=1) > 0)[rows]
    code = np.array([_NUMBER[name] for name in _REASON_OF_PART])[largest]
    topic = np.full(len(rows), -1)
    own, is_asked = _topic_wanted_most(page, facts, table, rows, at)
    by_topic = largest == _TOPICS
    code[by_topic & ~is_asked] = _NUMBER[ReasonCode.LIKED_TOPIC]
    topic[by_topic] = own[by_topic]
    by_taste = np.flatnonzero(largest == _TASTE)
    liked = _first_topic(facts.liked, table, rows[by_taste], at[by_taste])
    code[by_taste[liked >= 0]] = _NUMBER[ReasonCode.LIKED_TOPIC]
    topic[by_taste] = liked
    is_plain = (largest == _RECENCY) | (largest == _QUALITY) | nothing
    outside = is_plain & follows_any & (found[_TOPICS] <= 0)
    code[outside] = _NUMBER[ReasonCode.LIST_BEST]
    code[nothing & ~outside] = _NUMBER[ReasonCode.QUALITY]
    topic[nothing | outside] = -1
    return code, topic


_REASON_OF_PART = (
    ReasonCode.TOPIC,
    ReasonCode.LIKED,
    ReasonCode.PODCAST,
    ReasonCode.SPEAKER,
    ReasonCode.POPULAR,
    ReasonCode.FRESH,
    ReasonCode.QUALITY,
)


def _topic_wanted_most(
    page: Page, facts: Facts, table: TopicTable, rows: Ints, at: Ints
) -> tuple[Ints, Flags]:
    if not page.wants.topics.shape[1]:
        return np.full(len(rows), -1), np.zeros(len(rows), dtype=bool)
    wanted = _topics_wanted(page, table, rows, at)
    best = np.where(table.there[at], wanted, np.float32(-np.inf)).argmax(axis=1)
    topic = table.places[at, best]
    return topic, _has(facts.asked[rows], topic)


def _topics_wanted(page: Page, table: TopicTable, rows: Ints, at: Ints) -> Floats:
    """Return how much each reader wants each topic of their insight, as whole numbers: (N, M)."""
    topics = page.wants.topics
    places = table.places.take(at, axis=0)
    places += (rows * topics.shape[1])[:, np.newaxis]
    wanted: Floats = topics.ravel().take(places)
    return wanted


def _first_topic(topics: Topics, table: TopicTable, rows: Ints, at: Ints) -> Ints:
    """Return the first topic of each insight that is among its reader's `topics`, or -1."""
    found = np.full(len(rows), -1)
    for place in range(table.places.shape[1] - 1, -1, -1):
        topic = table.places[at, place]
        fits = table.there[at, place] & _has(topics[rows], topic)
        found[fits] = topic[fits]
    return found


def _has(topics: Topics, topic: Ints) -> Flags:
    """Return whether each row of bits has its topic."""
    if not topics.shape[1]:
        return np.zeros(len(topic), dtype=bool)
    word = topics[np.arange(len(topic)), topic >> 6]
    has: Flags = (word >> (topic & 63).astype(np.uint64)) & np.uint64(1) > 0
    return has


def _of_pairs(pairs: Pairs, rows: Ints, at: Ints, count: int) -> Doubles:
    """Return the value each (reader, insight) has in `pairs`, 0 where it has none."""
    if not pairs.positions.size:
        return np.zeros(len(rows))
    owners = np.repeat(np.arange(len(pairs.starts) - 1), np.diff(pairs.starts))
    keys = owners * count + pairs.positions
    order = np.argsort(keys, kind="stable")
    wanted = rows * count + at
    place = np.minimum(np.searchsorted(keys, wanted, sorter=order), len(keys) - 1)
    found: Doubles = np.where(keys[order[place]] == wanted, pairs.values[order[place]], 0.0)
    return found
