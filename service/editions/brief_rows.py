"""The rows of a page of briefs and of what they show, ready to be written."""

import datetime as dt
from collections.abc import Iterable, Sequence
from itertools import chain, islice
from typing import Any

import numpy as np
import numpy.typing as npt

from service.db.bulk import Alike
from service.editions.due import frequency_with_days
from service.editions.planned import Plan
from service.ledger.state import DeliveryState, SkipReason
from service.selection.chosen import NO_CHOICES

OWN = ("id", "subscriber_id", "subscription_id", "picks")
SAME = (
    *("local_date", "list_id", "edition_id", "batch_id", "tick_id", "hour", "frequency"),
    *("state", "reason", "attempt", "due_at", "expires_at", "next_at", "created_at"),
)


class BriefRows:
    """Collects the briefs of a page: what people of one place share is worked out once."""

    def __init__(self, list_id: int, now: dt.datetime, ids: Sequence[int]) -> None:
        self.briefs: list[Alike] = []
        self.sent = 0
        self._list_id = list_id
        self._now = now
        self._ids = iter(ids)
        self._edition_id = self._tick_id = 0
        self._shown: list[tuple[Plan, list[int]]] = []

    def begin(self, edition_id: int, tick_id: int) -> None:
        """Let those that follow be of this edition and tick."""
        self._edition_id, self._tick_id = edition_id, tick_id

    def skip(self, plan: Plan, reason: SkipReason) -> None:
        """Add people who get nothing."""
        self._add(plan, [NO_CHOICES.text] * len(plan), reason=reason)

    def send(self, plan: Plan, batch_id: int) -> None:
        """Add people who get what was chosen for them, in a batch."""
        ids = self._add(plan, [one.text for one in plan.choices], batch_id=batch_id)
        self._shown.append((plan, ids))
        self.sent += len(plan)

    def shown(self) -> dict[str, npt.NDArray[Any]]:
        """Return the columns of `Shown`, in one order for all lists.

        Planners of two lists would lock each other out otherwise.
        """
        choices = [one for plan, _ in self._shown for one in plan.choices]
        picks = [len(one.story_ids) for one in choices]
        readers = [number for plan, _ in self._shown for number in plan.group.subscriber_ids]
        dates = [np.datetime64(plan.slot.local_date, "D") for plan, _ in self._shown]
        columns = {
            "subscriber_id": np.repeat(np.array(readers, dtype=np.int64), picks),
            "story_id": _joined(one.story_ids for one in choices),
            "insight_id": _joined(one.insight_ids for one in choices),
            "brief_id": np.repeat(_joined(ids for _, ids in self._shown), picks),
            "shown_on": np.repeat(
                np.repeat(np.array(dates, dtype="M8[D]"), [len(plan) for plan, _ in self._shown]),
                picks,
            ),
        }
        order = np.lexsort((columns["story_id"], columns["subscriber_id"]))
        return {name: column[order] for name, column in columns.items()}

    def _add(
        self,
        plan: Plan,
        picks: Sequence[str],
        *,
        batch_id: int | None = None,
        reason: SkipReason | None = None,
    ) -> list[int]:
        ids = list(islice(self._ids, len(plan)))
        place, slot = plan.group.place, plan.slot
        state = DeliveryState.PLANNED if reason is None else DeliveryState.SKIPPED
        same = (
            *(slot.local_date, self._list_id, self._edition_id, batch_id, self._tick_id),
            *(place.hour, frequency_with_days(place.frequency, place.days)),
            *(state.value, reason and reason.value, 0),
            *(slot.due_at, slot.expires_at, min(slot.due_at, self._now), self._now),
        )
        own = (ids, plan.group.subscriber_ids, plan.group.subscription_ids, picks)
        self.briefs.append(Alike(same, own))
        return ids


def _joined(numbers: Iterable[Sequence[int]]) -> npt.NDArray[np.int64]:
    return np.fromiter(chain.from_iterable(numbers), dtype=np.int64)
