"""Compare the catcher's inbox with the ledger: exactly the accepted briefs, one a person."""

import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.audience.addresses import read_address
from service.audience.models import Subscriber
from service.db.database import Database
from service.editions.models import Brief
from service.embedded.catcher.store import Inbox
from service.embedded.catcher.values import MailSummary
from service.ledger.state import DeliveryState

PAGE = 1_000
_BRIEF_ID = re.compile(r"<b\.(?P<brief>\d+)\.(?P<date>\d{8})@")


class Letter(NamedTuple):
    """Which brief, and to whom."""

    brief: str  # id and date, as in the Message-ID
    address_key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxCheck:
    """What differs between what was accepted and what arrived."""

    mails: int
    missing: frozenset[Letter]
    strange: frozenset[Letter]
    twice: frozenset[Letter]

    @property
    def matches(self) -> bool:
        return not (self.missing or self.strange or self.twice)


def check_inbox(database: Database, home: Path) -> InboxCheck:
    """Compare every mail of the inbox with every accepted brief of the store."""
    with database.reading() as session:
        accepted = _accepted(session)
    arrived = Counter(_letter(mail) for mail in _all_mails(Inbox(home)))
    return InboxCheck(
        mails=arrived.total(),
        missing=frozenset(accepted - set(arrived)),
        strange=frozenset(set(arrived) - accepted),
        twice=frozenset(letter for letter, number in arrived.items() if number > 1),
    )


def _accepted(session: Session) -> set[Letter]:
    rows = session.execute(
        select(Brief.id, Brief.local_date, Subscriber.address_key)
        .join(Subscriber, Subscriber.id == Brief.subscriber_id)
        .where(Brief.state == DeliveryState.ACCEPTED.value)
    )
    return {Letter(f"{brief_id}.{date:%Y%m%d}", key) for brief_id, date, key in rows}


def _letter(mail: MailSummary) -> Letter:
    found = _BRIEF_ID.match(mail.message_id)
    brief = f"{found['brief']}.{found['date']}" if found else f"not ours: {mail.message_id}"
    return Letter(brief, read_address(mail.envelope_to).key)


def _all_mails(inbox: Inbox) -> list[MailSummary]:
    mails: list[MailSummary] = []
    while page := inbox.messages(before_id=mails[-1].id if mails else None, limit=PAGE):
        mails.extend(page)
    return mails
