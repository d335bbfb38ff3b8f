"""Take the nearest insights, but not all from one show. Pure."""

from collections import Counter
from collections.abc import Sequence
from typing import Protocol, TypeVar

MOST_OF_A_PODCAST = 3
MOST_OF_AN_EPISODE = 2
EACH_MORE_OF_A_PODCAST = 0.92  # what the next of a show already taken counts


class Placed(Protocol):
    """What an insight must tell of itself."""

    @property
    def story_id(self) -> int: ...
    @property
    def podcast_id(self) -> int | None: ...
    @property
    def episode_id(self) -> int | None: ...
    @property
    def score(self) -> float: ...


Found = TypeVar("Found", bound=Placed)


def varied(found: Sequence[Found], *, limit: int) -> list[Found]:
    """Return up to `limit`, one of each story, few of a podcast and of an episode.

    When the caps leave fewer than `limit`, the nearest of those left out fill up: a store with one
    podcast still has related insights. Never two of a story.
    """
    best: dict[int, Found] = {}
    for one in found:
        best.setdefault(one.story_id, one)
    taken: list[Found] = []
    left = list(best.values())
    podcasts: Counter[int | None] = Counter()
    episodes: Counter[int | None] = Counter()
    while left and len(taken) < limit:
        free = [one for one in left if _is_free(one, podcasts, episodes)]
        if not free:
            break
        chosen = max(free, key=lambda one: _worth(one, podcasts[one.podcast_id]))
        left.remove(chosen)
        taken.append(chosen)
        _count(chosen, podcasts, episodes)
    return [*taken, *left[: limit - len(taken)]]


def _worth(one: Placed, of_its_podcast: int) -> float:
    return one.score * EACH_MORE_OF_A_PODCAST**of_its_podcast


def _is_free(one: Placed, podcasts: Counter[int | None], episodes: Counter[int | None]) -> bool:
    return (
        podcasts[one.podcast_id] < MOST_OF_A_PODCAST
        and episodes[one.episode_id] < MOST_OF_AN_EPISODE
    )


def _count(one: Placed, podcasts: Counter[int | None], episodes: Counter[int | None]) -> None:
    if one.podcast_id is not None:
        podcasts[one.podcast_id] += 1
    if one.episode_id is not None:
        episodes[one.episode_id] += 1
