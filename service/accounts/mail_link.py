"""Mail a sign-in link: the notice is owed in the transaction that makes the link."""

import datetime as dt
import hashlib

from sqlalchemy.orm import Session

from service.accounts.models import Staff
from service.accounts.sign_in import LINK_LASTS, create_link
from service.accounts.staff import staff_called
from service.audience.addresses import read_address
from service.db.sealed import Sealer
from service.jobs import Doorbell
from service.ledger.notice_models import NoticeKind
from service.ledger.notices import Recipient, owe_notice


def mail_link(
    session: Session,
    *,
    email: str,
    sealer: Sealer,
    now: dt.datetime,
    doorbell: Doorbell | None = None,
) -> Staff:
    """Owe a member of staff a link that signs them in once; return whom.

    The secret stands in the notice sealed, and in `sign_in_links` as its hash; when the link is
    over the notice is neither sent nor kept. Raises `NotFoundError` when there is no such person.
    """
    person = staff_called(session, email=email)
    secret = create_link(session, email=email, now=now)
    name_of_link = hashlib.sha256(secret.encode()).hexdigest()[:32]
    owe_notice(
        session,
        kind=NoticeKind.SIGN_IN,
        recipient=Recipient(
            address=person.email, address_key=read_address(person.email).key, staff_id=person.id
        ),
        dedupe_key=f"sign_in:{name_of_link}",  # each link is a deed of its own
        expires_at=now + LINK_LASTS,
        arguments={"sealed": sealer.seal(secret)},
        now=now,
        doorbell=doorbell,
    )
    return person
