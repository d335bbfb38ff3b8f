"""The equation: every due subscription has ended, or will end, in exactly one named state.

    due = planned + skipped
    planned = accepted + failed + suppressed + cancelled + expired + unknown + open

`due` is counted from the subscriptions the planner moved on (`ticks`), everything else from the
rows of `briefs`.
"""

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from service.editions.models import Brief, Edition, Tick
from service.ledger.state import OPEN, DeliveryState


@dataclass(frozen=True, slots=True, kw_only=True)
class Equation:
    """The terms, and whether they agree."""

    due: int
    planned: int
    skipped: dict[str, int] = field(default_factory=dict)  # SkipReason to number
    accepted: int = 0
    failed: int = 0
    suppressed: int = 0
    cancelled: int = 0
    expired: int = 0
    unknown: int = 0
    in_doubt: int = 0  # part of open: waits for evidence
    open: int = 0  # planned, sending, deferred or in doubt

    @property
    def ended(self) -> int:
        return (
            self.accepted
            + self.failed
            + self.suppressed
            + self.cancelled
            + self.expired
            + self.unknown
        )

    @property
    def holds(self) -> bool:
        return (
            self.due == self.planned + sum(self.skipped.values())
            and self.planned == self.ended + self.open
        )

    def as_dict(self) -> dict[str, Any]:
        return {
            "due": self.due,
            "planned": self.planned,
            "skipped": self.skipped,
            "accepted": self.accepted,
            "failed": self.failed,
            "suppressed": self.suppressed,
            "cancelled": self.cancelled,
            "expired": self.expired,
            "unknown": self.unknown,
            "in_doubt": self.in_doubt,
            "open": self.open,
            "equation_holds": self.holds,
        }


def equation_of(session: Session, *, edition_id: int) -> Equation:
    """Return the equation of one edition, now."""
    edition = session.get_one(Edition, edition_id)
    due = session.scalar(select(func.sum(Tick.due)).where(Tick.edition_id == edition_id))
    return _equation(
        session,
        due or 0,
        [Brief.local_date == edition.local_date, Brief.edition_id == edition_id],
    )


def equation_of_run(session: Session, *, run_id: int) -> Equation:
    """Return the equation over the briefs one `edition run` made."""
    ticks = session.execute(
        select(Tick.id, Tick.due, Tick.edition_id, Edition.local_date)
        .join(Edition, Edition.id == Tick.edition_id)
        .where(Tick.run_id == run_id)
    ).all()
    if not ticks:
        return Equation(due=0, planned=0)
    return _equation(
        session,
        sum(tick.due for tick in ticks),
        [
            Brief.local_date.in_(sorted({tick.local_date for tick in ticks})),
            Brief.edition_id.in_(sorted({tick.edition_id for tick in ticks})),
            Brief.tick_id.in_([tick.id for tick in ticks]),
        ],
    )


def _equation(session: Session, due: int, of: list[ColumnElement[bool]]) -> Equation:
    counts: dict[str, int] = {}
    skipped: dict[str, int] = {}
    rows = session.execute(
        select(Brief.state, Brief.reason, func.count())
        .where(*of)
        .group_by(Brief.state, Brief.reason)
    )
    for state, reason, number in rows:
        counts[state] = counts.get(state, 0) + number
        if state == DeliveryState.SKIPPED:
            skipped[reason or "unnamed"] = skipped.get(reason or "unnamed", 0) + number
    return Equation(
        due=due,
        planned=sum(n for state, n in counts.items() if state != DeliveryState.SKIPPED),
        skipped=skipped,
        open=sum(counts.get(state, 0) for state in OPEN),
        **{
            state: counts.get(state, 0)
            for state in (
                "accepted",
                "failed",
                "suppressed",
                "cancelled",
                "expired",
                "unknown",
                "in_doubt",
            )
        },
    )
