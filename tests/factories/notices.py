"""Notices for tests, and what became of them."""

import datetime as dt
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.db.database import Database
from service.ledger.notice_models import Notice, NoticeKind
from service.ledger.notices import Recipient, owe_notice
from tests.factories.sending import SEALER

SECRET = "a-secret-that-must-not-lie-about"
GOOD_FOR = dt.timedelta(minutes=15)


def owe(session: Session, address: str = "ines@example.org", **changes: Any) -> bool:
    """Owe a sign-in link; each address is a deed of its own."""
    now = changes.pop("now")
    values: dict[str, Any] = {
        "kind": NoticeKind.SIGN_IN,
        "recipient": Recipient(address=address, address_key=address.lower(), staff_id=1),
        "dedupe_key": f"sign_in:{address}",
        "expires_at": now + GOOD_FOR,
        "arguments": {"sealed": SEALER.seal(SECRET)},
    }
    return owe_notice(session, now=now, **(values | changes))


def notices(database: Database) -> list[Notice]:
    with database.reading() as session:
        return list(session.scalars(select(Notice).order_by(Notice.id)))


def notice_states(database: Database) -> dict[str, int]:
    found = [notice.state for notice in notices(database)]
    return {state: found.count(state) for state in sorted(set(found))}
