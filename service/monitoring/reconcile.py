"""Reconcile: the equation of every open edition, counted now, and every check of the ledger."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from service.editions.equation import Equation, equation_of
from service.editions.models import Edition
from service.editions.queries import edition_by_id, open_editions
from service.errors import NotFoundError
from service.monitoring.alarms import Alarm, check_ledger


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """What was found, at one moment."""

    editions: list[tuple[Edition, Equation]]
    alarms: list[Alarm]

    @property
    def holds(self) -> bool:
        return all(equation.holds for _, equation in self.editions)

    @property
    def ringing(self) -> list[Alarm]:
        return [alarm for alarm in self.alarms if alarm.rings]

    def as_dict(self) -> dict[str, Any]:
        return {
            "equation_holds": self.holds,
            "editions": [
                {
                    "id": edition.id,
                    "list": edition.list.slug,
                    "local_date": edition.local_date.isoformat(),
                    "state": edition.state,
                }
                | equation.as_dict()
                for edition, equation in self.editions
            ],
            "alarms": [alarm.as_dict() for alarm in self.ringing],
            "measured": {alarm.name.value: alarm.value for alarm in self.alarms},
        }


def reconcile(
    session: Session,
    *,
    edition_id: int | None = None,
    list_slug: str | None = None,
    now: dt.datetime,
) -> Reconciliation:
    """Count the open editions (or one, or those of one list) in a session that sees one moment.

    Raises `NotFoundError` when the edition named does not exist, or no open one is of that list.
    """
    if edition_id is not None:
        editions = [edition_by_id(session, edition_id=edition_id)]
    else:
        editions = open_editions(session)
    if list_slug is not None:
        editions = [edition for edition in editions if edition.list.slug == list_slug]
        if not editions:
            raise NotFoundError(f"no such edition is of the list {list_slug}: `podbrief status`")
    counted = [(edition, equation_of(session, edition_id=edition.id)) for edition in editions]
    return Reconciliation(counted, check_ledger(session, counted, now=now))
