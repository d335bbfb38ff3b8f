"""Give each new insight its thread: that of the insights about the same event or affair."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from sqlalchemy import update
from sqlalchemy.orm import Session

from service.insights.known_insights import Entering, Known, Near
from service.insights.models import Insight
from service.insights.understanding.thread_grouping import place

LASTS = dt.timedelta(days=14)  # what lies further apart is another affair
NEAR_ENOUGH = 0.10  # set on the paragraphs of tests/data/threads.txt, see docs/choosing.md
LEAST_LIKENESS = 0.3
# meaning and shared stems together: below it letters and pairs of words, which follow the stems,
# never made up for the rest in any two texts of tests/data (the least that was near enough: 0.65)
_LEAST_HOPE = 0.55
_MOST_READ = 8  # of the candidates, those likest as a whole


@dataclass(slots=True)
class Threads:
    """What became of a batch."""

    thread_ids: dict[int, int] = field(default_factory=dict)  # by insight
    joined: dict[int, int] = field(default_factory=dict)  # stored threads that are part of another

    def now(self, thread: int) -> int:
        """Return what a thread is part of by now."""
        while thread in self.joined:
            thread = self.joined[thread]
        return thread


def threads_of(
    entering: Sequence[Entering],
    repeats: Mapping[int, int],
    alike: Mapping[int, Sequence[Near]],
    known: Known,
) -> Threads:
    """Return the thread of each insight, in the order they enter; nothing is written.

    `repeats` says which tell the story of another: those go where that one is. `alike` are the
    others each is held against.
    """
    found = Threads()
    near = {
        one.id: _likest(one, alike.get(one.id, ()), known)
        for one in entering
        if one.id not in repeats
    }
    nearness = _Nearness({one: others for one, others in near.items() if others}, known)
    for one in entering:
        other = repeats.get(one.id)
        if other is not None:
            thread = _thread_of(other, found, known)
        else:
            thread = _placed(one, near[one.id], found, known, nearness)
        found.thread_ids[one.id] = thread
    for insight_id, thread in found.thread_ids.items():
        found.thread_ids[insight_id] = found.now(thread)
    return found


def write_joined(session: Session, threads: Threads) -> None:
    """Bring the insights of threads that were joined into the one that stays."""
    for gone in sorted(threads.joined):
        session.execute(
            update(Insight)
            .where(Insight.thread_id == gone)
            .values(thread_id=threads.now(gone))
            .execution_options(synchronize_session=False)
        )


class _Nearness:
    """How near insights are in matter: what will be asked for is reckoned at once."""

    def __init__(self, held: Mapping[int, Sequence[int]], known: Known) -> None:
        ids = sorted({insight_id for pair in held.items() for insight_id in (pair[0], *pair[1])})
        self._row_of = {insight_id: row for row, insight_id in enumerate(ids)}
        self._matters = known.matters(ids)
        rows = [(self._row_of[one], self._rows(others)) for one, others in held.items()]
        self._known = {
            one: dict(zip(others, found.tolist(), strict=True))
            for (one, others), found in zip(
                held.items(), self._matters.nearness_of(rows), strict=True
            )
        }

    def __call__(self, member: int, others: Sequence[int]) -> npt.NDArray[np.float64]:
        known = self._known.get(member, {})
        if all(other in known for other in others):
            return np.array([known[other] for other in others])
        return self._matters.nearness(self._row_of[member], self._rows(others))

    def _rows(self, ids: Sequence[int]) -> list[int]:
        return [self._row_of[insight_id] for insight_id in ids]


def _placed(
    one: Entering, near: Sequence[int], found: Threads, known: Known, nearness: _Nearness
) -> int:
    threads: dict[int, list[int]] = {}
    for other in sorted(near):
        threads.setdefault(_thread_of(other, found, known), []).append(other)
    thread, joined = place(one.id, threads, nearness, least=NEAR_ENOUGH)
    if thread is None:
        return one.id
    if joined is None:
        return thread
    kept, gone = sorted((thread, joined))
    found.joined[gone] = kept
    return kept


def _likest(one: Entering, alike: Sequence[Near], known: Known) -> list[int]:
    """Return the few an insight is like; none when none of them can lie near enough."""
    recent = [
        near
        for near in alike
        if near.likeness >= LEAST_LIKENESS
        and abs(known.published_at(near.other) - one.published_at) <= LASTS
    ]
    recent = sorted(recent, key=lambda near: -near.likeness)[:_MOST_READ]
    hopes = [near.likeness + near.shared for near in recent]
    return [near.other for near in recent] if max(hopes, default=0) >= _LEAST_HOPE else []


def _thread_of(insight_id: int, found: Threads, known: Known) -> int:
    entered = found.thread_ids.get(insight_id)
    return found.now(known.thread_of(insight_id) if entered is None else entered)
