"""Move somebody to another address: the new one agrees first, the old one may object."""

import datetime as dt

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from service.audience.addresses import Address, read_address
from service.audience.models import AddressChange, Subscriber, Subscription
from service.audience.sign_up_limits import Gate, may_mail
from service.audience.sign_up_models import AskedMail
from service.errors import ConflictError, NotFoundError, TooOftenError
from service.ledger.notice_models import NoticeKind
from service.ledger.notices import Recipient, owe_notice

AGREE_WITHIN = dt.timedelta(hours=24)
OBJECT_WITHIN = dt.timedelta(days=7)
MOST_A_DAY = 5


def ask_move(
    session: Session, gate: Gate, person: Subscriber, *, to: Address, now: dt.datetime
) -> None:
    """Ask the new address; whoever has it already, and however often it was asked, all look alike.

    Call it with the person's row held. Raises `TooOftenError` beyond five a day.
    """
    asked_today = session.scalar(
        select(func.count())
        .select_from(AddressChange)
        .where(
            AddressChange.subscriber_id == person.id,
            AddressChange.asked_at > now - dt.timedelta(days=1),
        )
    )
    if (asked_today or 0) >= MOST_A_DAY:
        raise TooOftenError("that was a new address five times today: try again tomorrow")
    change = AddressChange(
        subscriber_id=person.id, new_email=to.email, asked_at=now, expires_at=now + AGREE_WITHIN
    )
    session.add(change)
    session.flush()
    if may_mail(session, gate, kind=AskedMail.MOVE, address_key=to.key, now=now):
        _owe(session, person, change, NoticeKind.MOVE, to, now=now)


def agree_to_move(session: Session, *, change_id: int, now: dt.datetime) -> Subscriber:
    """Write to the new address from now on; the same once or twice.

    All links to their own pages made before lead nowhere afterwards, but those that unsubscribe.
    Raises `NotFoundError` when it was asked too long ago, `ConflictError` when somebody else has
    the address.
    """
    change, person = _held(session, change_id)
    if change.done_at is not None:
        return person
    if change.taken_back_at is not None or change.expires_at < now:
        raise NotFoundError("this change of address was asked for too long ago")
    old = Address(person.email, person.address_key)
    _give(session, person, read_address(change.new_email))
    change.old_email, change.done_at = old.email, now
    change.expires_at = now + OBJECT_WITHIN
    session.flush()
    _owe(session, person, change, NoticeKind.MOVED, old, now=now)
    return person


def take_back_move(session: Session, *, change_id: int, now: dt.datetime) -> Subscriber:
    """Write to the old address again, because its owner says so; the same once or twice."""
    change, person = _held(session, change_id)
    if change.taken_back_at is not None:
        return person
    if change.old_email is None or change.expires_at < now:
        raise NotFoundError("this change of address is too long ago to be taken back here")
    _give(session, person, read_address(change.old_email))
    change.taken_back_at = now
    session.flush()
    return person


def prune_moves(session: Session, *, now: dt.datetime) -> None:
    """Forget changes nobody can agree to or take back any more."""
    session.execute(delete(AddressChange).where(AddressChange.expires_at < now))


def _held(session: Session, change_id: int) -> tuple[AddressChange, Subscriber]:
    change = session.scalar(
        select(AddressChange).where(AddressChange.id == change_id).with_for_update()
    )
    if change is None:
        raise NotFoundError("this change of address is no longer known to us")
    person = session.scalars(
        select(Subscriber).where(Subscriber.id == change.subscriber_id).with_for_update()
    ).one()
    return change, person


def _give(session: Session, person: Subscriber, address: Address) -> None:
    holder = session.scalar(select(Subscriber.id).where(Subscriber.address_key == address.key))
    if holder not in (None, person.id):
        raise ConflictError("briefs go to this address already, for somebody of its own")
    person.email, person.address_key = address.email, address.key
    person.link_number += 1
    if person.feed_number is not None:
        person.last_feed_number += 1
        person.feed_number = person.last_feed_number
    session.flush()


def _owe(
    session: Session,
    person: Subscriber,
    change: AddressChange,
    kind: NoticeKind,
    to: Address,
    *,
    now: dt.datetime,
) -> None:
    owe_notice(
        session,
        kind=kind,
        recipient=Recipient(
            address=to.email,
            address_key=to.key,
            subscriber_id=person.id,
            list_id=session.scalar(
                select(Subscription.list_id)
                .where(Subscription.subscriber_id == person.id)
                .order_by(Subscription.status, Subscription.id)  # active before others
                .limit(1)
            ),
        ),
        dedupe_key=f"{kind.value}:{change.id}",
        expires_at=change.expires_at,
        arguments={"change_id": change.id, "language": person.language},
        now=now,
    )
