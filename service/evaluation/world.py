"""A made-up world of subjects, podcasts and tastes, the same for the same seed. Pure.

Twenty topics of six subjects each, as directions of forty-eight numbers. What is told lies near one
subject, is about its topic and often about a second one, and comes from a podcast of that topic;
one in twelve retells what another podcast told in the days before. A reader takes to a few
subjects of two to four topics, is put off by two topics, and likes a thing with a probability that
grows with its nearness to those subjects, their topics and an appeal of its own. Nothing of that is
told to what chooses: it sees vectors, topics, a rough quality, and what readers do.
"""

import datetime as dt
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

TOPICS = 20
SUBJECTS_A_TOPIC = 6
NUMBERS = 48
PODCASTS = 40
RETOLD = 1 / 12
_RETOLD_FROM = 120  # items back, at most
_NEAR, _AROUND = 0.85, 0.53  # of an item's direction: its subject's, its own
_HAS_SECOND_TOPIC = 0.4
_TICKED = 0.8  # of their own topics
_AT_HOME = 0.8  # of what is told comes from a podcast of its topic


@dataclass(frozen=True, slots=True, kw_only=True)
class Things:
    """What was told, in the order of time: parallel arrays."""

    hours: Floats  # (N,) since the beginning
    vectors: npt.NDArray[np.float32]  # (N, NUMBERS) of length one
    topics: npt.NDArray[np.float32]  # (N, TOPICS)
    subjects: Ints  # (N,)
    podcasts: Ints  # (N,)
    stories: Ints  # (N,) the first that told it
    quality: Floats  # (N,) as a source says it: a rough guess at the appeal
    appeal: Floats  # (N,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tastes:
    """What readers like in truth: parallel arrays."""

    loved: npt.NDArray[np.bool_]  # (R, subjects)
    topics: npt.NDArray[np.bool_]  # (R, TOPICS) those of the subjects they love
    unloved: npt.NDArray[np.bool_]  # (R, TOPICS)


class World:
    """Subjects and podcasts, and the dice that decide all else."""

    def __init__(self, seed: int) -> None:
        self.chance = np.random.default_rng(seed)
        topics = _unit(self.chance.normal(size=(TOPICS, NUMBERS)))
        own = _unit(self.chance.normal(size=(TOPICS, SUBJECTS_A_TOPIC, NUMBERS)))
        mixed = 0.75 * topics[:, np.newaxis] + 0.66 * own
        self.subjects = _unit(mixed.reshape(-1, NUMBERS))
        self.homes = self.chance.integers(0, TOPICS, size=(PODCASTS, 3))

    def tell(self, count: int, *, hours: float) -> Things:
        """Return what is told in a time: so many things, evenly spread."""
        chance = self.chance
        subjects = chance.integers(0, TOPICS * SUBJECTS_A_TOPIC, size=count)
        stories = np.arange(count)
        appeal = chance.normal(size=count)
        retold = (chance.random(count) < RETOLD) & (np.arange(count) > 0)
        for place in np.flatnonzero(retold):
            first = stories[chance.integers(max(0, int(place) - _RETOLD_FROM), int(place))]
            stories[place], subjects[place], appeal[place] = first, subjects[first], appeal[first]
        own = _unit(chance.normal(size=(count, NUMBERS)))
        vectors = _unit(_NEAR * self.subjects[subjects] + _AROUND * own)
        others = stories != np.arange(count)
        vectors[others] = _unit(vectors[stories[others]] + 0.25 * own[others])
        topics = np.zeros((count, TOPICS), dtype=np.float32)
        topics[np.arange(count), subjects // SUBJECTS_A_TOPIC] = 1
        seconds = np.flatnonzero(chance.random(count) < _HAS_SECOND_TOPIC)
        topics[seconds, chance.integers(0, TOPICS, size=len(seconds))] = 1
        topics[others] = topics[stories[others]]
        guess = 0.45 * appeal + 0.9 * chance.normal(size=count)
        return Things(
            hours=np.sort(chance.random(count)) * hours,
            vectors=vectors.astype(np.float32),
            topics=topics,
            subjects=subjects,
            podcasts=self._podcasts(subjects // SUBJECTS_A_TOPIC),
            stories=stories,
            quality=1 / (1 + np.exp(-guess)),
            appeal=appeal,
        )

    def readers(self, count: int) -> Tastes:
        """Return so many readers' tastes."""
        loved = np.zeros((count, TOPICS * SUBJECTS_A_TOPIC), dtype=bool)
        topics, unloved = np.zeros((2, count, TOPICS), dtype=bool)
        for row in range(count):
            order = self.chance.permutation(TOPICS)
            mine = order[: self.chance.integers(2, 5)]
            topics[row, mine] = True
            unloved[row, order[-2:]] = True
            for topic in mine:
                some = self.chance.permutation(SUBJECTS_A_TOPIC)[: self.chance.integers(1, 3)]
                loved[row, topic * SUBJECTS_A_TOPIC + some] = True
        return Tastes(loved=loved, topics=topics, unloved=unloved)

    def liking(self, tastes: Tastes, things: Things) -> Floats:
        """Return how likely each reader is to like each thing: (R, N)."""
        nearness = self.subjects @ things.vectors.T
        near = np.stack([nearness[mine].max(axis=0) for mine in tastes.loved])
        of_topic = (tastes.topics @ things.topics.T) > 0
        against = (tastes.unloved @ things.topics.T) > 0
        wish = 9.0 * np.maximum(near - 0.4, 0) + 0.6 * of_topic - 1.5 * against
        likely: Floats = 1 / (1 + np.exp(4.4 - wish - 0.8 * things.appeal))
        return likely

    def asked_for(self, tastes: Tastes, *, wrong: npt.NDArray[np.bool_] | None = None) -> Ints:
        """Return the topics each reader ticks at sign-up: (R, TOPICS) of 1 and 0.

        Most of their own and one by mistake; of the `wrong`, none of their own at all.
        """
        ticked = tastes.topics & (self.chance.random(tastes.topics.shape) < _TICKED)
        count = len(ticked)
        slip = self.chance.integers(0, TOPICS, size=count)
        ticked[np.arange(count), slip] = True
        for row in np.flatnonzero(wrong) if wrong is not None else ():
            free = np.flatnonzero(~tastes.topics[row] & ~tastes.unloved[row])
            ticked[row] = False
            ticked[row, self.chance.permutation(free)[:3]] = True
        return ticked.astype(np.int64)

    def _podcasts(self, topics: Ints) -> Ints:
        """Return a podcast for each thing, most often one at home in its topic."""
        chosen = self.chance.integers(0, PODCASTS, size=len(topics))
        for topic in range(TOPICS):
            at_home = np.flatnonzero((self.homes == topic).any(axis=1))
            stays = self.chance.random(len(topics)) < _AT_HOME
            rows = np.flatnonzero((topics == topic) & stays)
            if at_home.size:
                chosen[rows] = self.chance.choice(at_home, size=len(rows))
        return chosen


def at(beginning: dt.datetime, hours: float) -> dt.datetime:
    """Return the moment so many hours after the beginning, to the second."""
    return beginning + dt.timedelta(seconds=round(hours * 3600))


def _unit(rows: Floats) -> Floats:
    unit: Floats = rows / np.linalg.norm(rows, axis=-1, keepdims=True)
    return unit
