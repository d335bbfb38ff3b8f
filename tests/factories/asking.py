"""People who ask for a list, and what they were sent for it."""

import datetime as dt
from ipaddress import ip_address
from typing import Any

from sqlalchemy import select

from service.audience.addresses import read_address
from service.audience.models import NewsletterList
from service.audience.sign_up import Request, sign_up
from service.audience.sign_up_limits import Gate, Limits
from service.db.database import Database
from service.ledger.notice_models import Notice

LIMITS = Limits(
    rest=dt.timedelta(hours=24), unanswered=3, per_ip=10**6, per_subnet=10**6, per_site=10**6
)
GATE = Gate(LIMITS, b"k" * 32)


def ask(
    database: Database,
    newsletter: NewsletterList,
    email: str,
    *,
    now: dt.datetime,
    gate: Gate = GATE,
    **changes: Any,
) -> None:
    """Send the form once."""
    values: dict[str, Any] = {
        "newsletter": newsletter,
        "address": read_address(email),
        "language": "en",
        "form": "page",
        "ip": ip_address("192.0.2.7"),
    }
    with database.transaction() as session:
        sign_up(session, gate, Request(**(values | changes)), now=now)


def owed(database: Database) -> list[tuple[str, str]]:
    """Return kind and recipient of every notice, in order."""
    with database.reading() as session:
        found = session.scalars(select(Notice).order_by(Notice.id))
        return [(notice.kind, notice.recipient) for notice in found]
