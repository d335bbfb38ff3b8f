"""What was decided for people of one place, before any of it is written."""

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from itertools import compress

from service.editions.decide import Slot
from service.editions.due_page import DueGroup, Place
from service.editions.queries import ExistingBrief
from service.ledger.state import SkipReason
from service.selection.chosen import Choices


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What each of a group gets in their slot."""

    group: DueGroup
    slot: Slot
    choices: Sequence[Choices] = ()  # one each; none of them for a slot that is a skip
    replaces: Sequence[ExistingBrief] = ()  # one each or none: skips of the day, planned anew

    def __len__(self) -> int:
        return len(self.group)

    @property
    def place(self) -> Place:
        return self.group.place

    def of(self, subscription_ids: Container[int]) -> "Plan":
        """Return the plan of those of the group who are named."""
        return self.only([number in subscription_ids for number in self.group.subscription_ids])

    def only(self, wanted: Sequence[bool]) -> "Plan":
        """Return the plan of those of the group for whom `wanted` holds."""
        if all(wanted):
            return self
        return Plan(
            group=DueGroup(
                self.group.place,
                list(compress(self.group.subscription_ids, wanted)),
                list(compress(self.group.subscriber_ids, wanted)),
            ),
            slot=self.slot,
            choices=list(compress(self.choices, wanted)),
            replaces=list(compress(self.replaces, wanted)),
        )

    def part(self, start: int, end: int) -> "Plan":
        """Return the plan of those of the group who stand there."""
        if (start, end) == (0, len(self)):
            return self
        return Plan(
            group=self.group.part(start, end),
            slot=self.slot,
            choices=self.choices[start:end],
            replaces=self.replaces[start:end],
        )

    def by_end(self) -> "Iterator[tuple[SkipReason | None, Plan]]":
        """Yield those who get a brief, and apart from them those who get none, with the reason."""
        if self.slot.skip:
            yield self.slot.skip, self
            return
        gets = [bool(one.insight_ids) for one in self.choices]
        for skip, these in ((None, gets), (SkipReason.QUIET_DAY, [not one for one in gets])):
            if any(these):
                yield skip, self.only(these)
