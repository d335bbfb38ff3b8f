"""Split data by time: learn from what came before, be judged on what is new since. Pure."""

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from service.audience.taste import Act, learned_from, opinion, profile_of, weight_of
from service.errors import InputError
from service.evaluation.data import SHOWN, TOPIC, Data, Interaction

NEW_SHARE = 0.1  # of the items, the newest: nobody has acted on them when they are chosen from
EARLY_SHARE = 0.2  # of what happened to them: known when choosing, not asked for afterwards
LEAST_LIKED = 1
_MOST_CANDIDATES = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldOut:
    """What is known at the cut, and the truth after it; R readers, C new items, T topics."""

    data: Data
    now: dt.datetime
    places: npt.NDArray[np.int64]  # (C,) of the new items among all, newest first
    readers: Sequence[str]
    topics: Sequence[str]
    about: npt.NDArray[np.float32]  # (C, T)
    relevant: npt.NDArray[np.bool_]  # (R, C) liked after the cut
    shown: npt.NDArray[np.int64]  # (C,) early
    liked: npt.NDArray[np.int64]  # (C,) early
    popularity: npt.NDArray[np.float64]  # (C,) likes in the end, for how new a pick is
    asked: npt.NDArray[np.bool_]  # (R, T) topics asked for
    learned: npt.NDArray[np.float64]  # (R, T) sums of what was learned
    taste: npt.NDArray[np.float64]  # (R, T) shares of what each took to, for calibration
    profiles: Sequence[tuple[npt.NDArray[np.float32], float] | None]
    likes: npt.NDArray[np.int64]  # (R,) how many things each had liked

    def weights(self) -> npt.NDArray[np.float64]:
        """Return the weights selection reads, by the service's own rule."""
        asked = np.where(self.asked, 1.0, np.nan)
        found: npt.NDArray[np.float64] = np.vectorize(
            lambda stated, learned: weight_of(None if np.isnan(stated) else stated, learned),
            otypes=[np.float64],
        )(asked, self.learned)
        return found


def hold_out(data: Data, *, most_likes: int | None = None) -> HeldOut:
    """Cut the data in time; with `most_likes` each reader has only their latest so many."""
    count = min(_MOST_CANDIDATES, max(1, round(NEW_SHARE * len(data.items))))
    places = np.arange(len(data.items))[-count:][::-1]
    cut = data.items[int(places[-1])].at
    new = {data.items[place].id: column for column, place in enumerate(places.tolist())}
    old = {item.id: place for place, item in enumerate(data.items[:-count])}
    topics = sorted({topic for item in data.items for topic in item.topics})
    before, after = _apart(data.interactions, cut, old, new)
    early, late = _first_words(after)
    liked_late = [one for one in late if _likes(one)]
    readers = sorted({one.reader for one in liked_late})
    if not readers:
        raise InputError(
            "nobody liked any of the newest items: there is nothing to judge by; "
            f"the newest {NEW_SHARE:.0%} of the items are held out"
        )
    row_of = {reader: row for row, reader in enumerate(readers)}
    relevant = np.zeros((len(readers), count), dtype=bool)
    for one in liked_late:
        relevant[row_of[one.reader], new[one.what]] = True
    shown, liked, in_the_end = np.zeros((3, count), dtype=np.int64)
    says_shown = any(one.act == SHOWN for one in data.interactions)
    for one in early:
        shown[new[one.what]] += one.act == SHOWN or not says_shown
        liked[new[one.what]] += _likes(one)
    for one in after:
        in_the_end[new[one.what]] += _likes(one)
    known = _Known(data, topics, row_of, old, cut)
    for one in before:
        known.take(one)
    sums = known.sums(most_likes)
    return HeldOut(
        data=data,
        now=data.items[-1].at,
        places=places,
        readers=readers,
        topics=topics,
        about=_about(data, places, topics),
        relevant=relevant,
        shown=np.maximum(shown, liked),
        liked=liked,
        popularity=in_the_end.astype(np.float64),
        **sums._asdict(),
    )


class _Sums(NamedTuple):
    """As in HeldOut."""

    asked: npt.NDArray[np.bool_]
    learned: npt.NDArray[np.float64]
    taste: npt.NDArray[np.float64]
    profiles: list[tuple[npt.NDArray[np.float32], float] | None]
    likes: npt.NDArray[np.int64]


class _Known:
    """What is known of each reader at the cut."""

    def __init__(
        self,
        data: Data,
        topics: Sequence[str],
        row_of: dict[str, int],
        old: dict[str, int],
        cut: dt.datetime,
    ) -> None:
        self._data, self._row_of, self._old, self._cut = data, row_of, old, cut
        self._column = {topic: column for column, topic in enumerate(topics)}
        self._asked = np.zeros((len(row_of), len(topics)), dtype=bool)
        self._acts: list[dict[int, list[tuple[str, dt.datetime]]]] = [{} for _ in row_of]

    def take(self, one: Interaction) -> None:
        row = self._row_of.get(one.reader)
        if row is None or one.act == SHOWN:
            return
        if one.act == TOPIC:
            if (column := self._column.get(one.what)) is not None:
                self._asked[row, column] = True
            return
        # the latest last: a dict keeps the order things came in
        acts = self._acts[row].pop(self._old[one.what], [])
        self._acts[row][self._old[one.what]] = [*acts, (one.act, one.at)]

    def sums(self, most: int | None) -> _Sums:
        """Return everything the service would know, from the latest `most` acts of each."""
        size = self._asked.shape
        learned, taste = np.zeros((2, *size))
        likes = np.zeros(size[0], dtype=np.int64)
        profiles = []
        for row, acts in enumerate(self._acts):
            latest = list(acts.items())[::-1][:most]
            opinions = np.array([opinion(act for act, _ in done) for _, done in latest])
            rows = [place for place, _ in latest]
            profiles.append(profile_of(opinions, self._data.vectors[rows]))
            likes[row] = int((opinions > 0).sum())
            by_topic: dict[int, list[tuple[str, dt.datetime]]] = {}
            for (place, done), said in zip(latest, opinions, strict=True):
                for topic in self._data.items[place].topics:
                    by_topic.setdefault(self._column[topic], []).extend(done)
                    taste[row, self._column[topic]] += max(said, 0) / len(
                        self._data.items[place].topics
                    )
            for column, done in by_topic.items():
                learned[row, column] = learned_from(done, now=self._cut)
        return _Sums(self._asked, learned, taste, profiles, likes)


def _apart(
    interactions: Sequence[Interaction],
    cut: dt.datetime,
    old: dict[str, int],
    new: dict[str, int],
) -> tuple[list[Interaction], list[Interaction]]:
    before = [
        one for one in interactions if one.act == TOPIC or (one.what in old and one.at <= cut)
    ]
    return before, [one for one in interactions if one.act != TOPIC and one.what in new]


def _first_words(after: Sequence[Interaction]) -> tuple[list[Interaction], list[Interaction]]:
    """Take the first fifth of what happened to each item apart: who comes early tells others."""
    there = Counter(one.what for one in after)
    seen: Counter[str] = Counter()
    early: list[Interaction] = []
    late: list[Interaction] = []
    for one in after:
        (early if seen[one.what] < EARLY_SHARE * there[one.what] else late).append(one)
        seen[one.what] += 1
    return early, late


def _likes(one: Interaction) -> bool:
    return one.act in {Act.UP, Act.MORE, Act.SAVE, Act.CLICK}


def _about(
    data: Data, places: npt.NDArray[np.int64], topics: Sequence[str]
) -> npt.NDArray[np.float32]:
    column = {topic: number for number, topic in enumerate(topics)}
    about = np.zeros((len(places), len(topics)), dtype=np.float32)
    for row, place in enumerate(places.tolist()):
        for topic in data.items[place].topics:
            about[row, column[topic]] = 1
    return about
