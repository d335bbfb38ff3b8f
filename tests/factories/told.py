"""A list with two readers and their briefs, and a provider that tells what became of them."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from service.audience.models import Consent, Subscription, Suppression
from service.clock import FixedClock
from service.db.database import Database
from service.editions.models import Brief
from service.feedback.event_models import DeliveryEvent
from service.feedback.parsers.postmark import parse
from service.feedback.recipients import RecipientMarks
from service.feedback.record import record
from tests.factories.readership import Readership, build_readership

MARKS = RecipientMarks([b"k" * 32])
AGAIN = {"ChangedAt": "2026-11-22T06:59:59.5Z"}  # after the documented reactivation


class _TakenBackError(Exception):
    """Ends a transaction that nobody wants kept."""


@dataclass
class Told:
    """Tells reports and looks at what they changed; brief 1 is Ada's, and in doubt."""

    database: Database
    clock: FixedClock
    people: Readership

    def tell(self, *reports: dict[str, Any]) -> list[bool]:
        with self.database.transaction() as session:
            return [
                record(session, parse(each), marks=MARKS, now=self.clock.now()) for each in reports
            ]

    def set_brief(self, **values: Any) -> None:
        with self.database.transaction() as session:
            session.execute(update(Brief).where(Brief.id == 1).values(**values))

    def brief(self, number: int = 1) -> Brief:
        with self.database.reading() as session:
            found: Brief = session.get_one(Brief, (number, self.people.local_date))
            return found

    def suppressed(self) -> dict[str, tuple[str, str]]:
        with self.database.reading() as session:
            rows = session.scalars(select(Suppression))
            return {row.address_key: (row.reason, row.source) for row in rows}

    def subscription(self) -> str:
        with self.database.reading() as session:
            found: Subscription = session.get_one(Subscription, self.people.subscription_id)
            return found.status

    def events(self) -> list[DeliveryEvent]:
        with self.database.reading() as session:
            return list(session.scalars(select(DeliveryEvent).order_by(DeliveryEvent.id)))

    def outcome_of(self, reports: list[dict[str, Any]]) -> list[Any]:
        """Tell reports one by one, look at all they change, and take everything back."""
        found: list[Any] = []
        try:
            with self.database.transaction() as session:
                for each in reports:
                    record(session, parse(each), marks=MARKS, now=self.clock.now())
                    session.expire_all()
                found.extend(_everything(session))
                _take_back()
        except _TakenBackError:
            return found
        return []


def make_told(database: Database, clock: FixedClock) -> Told:
    with database.transaction() as session:
        people = build_readership(session, now=clock.now(), states=("in_doubt", "accepted"))
        session.execute(update(Brief).values(attempt=1))
        session.execute(update(Subscription).values(created_at=clock.now() - dt.timedelta(days=9)))
    return Told(database, clock, people)


def _take_back() -> None:
    raise _TakenBackError


def _everything(session: Session) -> list[Any]:
    briefs = select(Brief.state, Brief.reason, Brief.mailbox_state, Brief.provider_id)
    suppressions = select(
        Suppression.address_key,
        Suppression.reason,
        Suppression.source,
        Suppression.since,
        Suppression.detail,
    )
    return [
        session.execute(briefs.order_by(Brief.id)).all(),
        session.execute(suppressions.order_by(Suppression.address_key)).all(),
        session.scalars(select(Subscription.status).order_by(Subscription.id)).all(),
        session.scalars(select(Consent.source).order_by(Consent.id)).all(),
        sorted(session.scalars(select(DeliveryEvent.event_key))),
    ]
