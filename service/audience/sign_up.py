"""Ask for a list: whatever is known of the address, the work is the same, and nothing is returned.

What is owed is a notice, written with the rest in one transaction; only its reader learns which.
"""

import datetime as dt
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import Executable, Select, String, bindparam, func, insert, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session, aliased

from service.audience.addresses import Address
from service.audience.models import (
    Consent,
    Frequency,
    NewsletterList,
    Subscriber,
    Subscription,
    SubscriptionStatus,
    Suppression,
)
from service.audience.sign_up_decide import MOST_PENDING, Answer, answer_to
from service.audience.sign_up_limits import Gate, IpAddress, may_mail, spend
from service.audience.sign_up_models import AskedMail
from service.ledger.notice_models import NoticeKind
from service.ledger.notices import Recipient, owe_notice

ASKED = "asked"
LINK_LASTS = {
    Answer.CONFIRM: dt.timedelta(days=3),  # longer than the rest: the last link always works
    Answer.ALREADY: dt.timedelta(hours=24),
    Answer.NOTHING: dt.timedelta(0),
}
_KINDS = {
    Answer.CONFIRM: NoticeKind.CONFIRM,
    Answer.ALREADY: NoticeKind.ALREADY,
    Answer.NOTHING: NoticeKind.CONFIRM,  # written, and taken back
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a form said, checked, and where it came from."""

    newsletter: NewsletterList
    address: Address
    language: str | None  # of the page; None: the list's
    form: str  # page, embedded, api
    topics: Sequence[str] = ()  # slugs of what the page they came from was about
    ip: IpAddress | None = None
    cost: int = 1


def _look() -> Select[*tuple[Any, ...]]:
    """Return the statement behind `_Known`: one row, whatever of it exists."""
    asked = select(bindparam("key", type_=String()).label("key")).subquery("asked")
    here, others = aliased(Subscription), aliased(Subscription)
    pending = (
        select(func.count())
        .select_from(others)
        .where(
            others.subscriber_id == Subscriber.id,
            others.status == SubscriptionStatus.PENDING.value,
        )
        .correlate(Subscriber)
        .scalar_subquery()
    )
    is_on_list = (here.subscriber_id == Subscriber.id) & (here.list_id == bindparam("list_id"))
    return (
        select(
            *(Subscriber.id, Subscriber.link_number, here.id, here.status, pending),
            Suppression.address_key.is_not(None),
        )
        .select_from(asked)
        .outerjoin(Subscriber, Subscriber.address_key == asked.c.key)
        .outerjoin(here, is_on_list)
        .outerjoin(Suppression, Suppression.address_key == asked.c.key)
    )


_LOOK = _look()  # built once: building it costs more than running it


class _Known(NamedTuple):
    """What the store says of an address as to one list."""

    subscriber_id: int | None
    link_number: int | None
    subscription_id: int | None
    status: str | None
    pending: int  # lists of theirs that wait to be confirmed
    is_suppressed: bool


def sign_up(session: Session, gate: Gate, request: Request, *, now: dt.datetime) -> None:
    """Owe the address what it is due: a confirmation, the way to its preferences, or nothing.

    The same statements are run for everybody; what must not stand is taken back within the
    transaction, so that the time it takes says nothing either. Raises `TooOftenError` when a
    budget of the visitor is spent.
    """
    spend(session, gate, ip=request.ip, cost=request.cost, now=now)
    known = _known(session, request)
    answer = answer_to(known.status, is_suppressed=known.is_suppressed)
    kind = AskedMail.LINK if answer is Answer.ALREADY else AskedMail.CONFIRM
    is_owed = may_mail(session, gate, kind=kind, address_key=request.address.key, now=now)
    is_owed = is_owed and answer is not Answer.NOTHING
    is_noted = is_owed or (answer is Answer.CONFIRM and _may_wait(known))
    with standing_if(session, is_noted):
        subscriber_id, subscription_id = _note(session, request, now=now)
        with standing_if(session, is_owed):
            owe_notice(
                session,
                kind=_KINDS[answer],
                recipient=Recipient(
                    address=request.address.email,
                    address_key=request.address.key,
                    subscriber_id=subscriber_id,
                    list_id=request.newsletter.id,
                ),
                dedupe_key=asked_key(gate, kind, request.address, now),
                expires_at=now + LINK_LASTS[answer],
                arguments={
                    "subscription_id": subscription_id,
                    "subscriber_id": subscriber_id,
                    "link_number": known.link_number or 0,
                    "topics": ",".join(request.topics),
                    "language": request.language or request.newsletter.language,
                },
                now=now,
            )


@contextmanager
def standing_if(session: Session, stands: bool) -> Iterator[None]:  # noqa: FBT001 - said at its name
    """Do what is within, and take it back unless it is to stand: the work is the same."""
    trial = session.begin_nested()
    yield
    if stands:
        trial.commit()
    else:
        trial.rollback()


def asked_key(gate: Gate, kind: AskedMail, address: Address, now: dt.datetime) -> str:
    """Return what a mail is owed for: one turn of this address, known by its moment."""
    return f"{kind}:{gate.digest(address.key)}:{int(now.timestamp())}"


def _known(session: Session, request: Request) -> _Known:
    """Look up person, subscription and suppression in one statement, whichever of them exist."""
    values = {"key": request.address.key, "list_id": request.newsletter.id}
    row = session.connection().execute(_LOOK, values).one()
    return _Known(*row)


def _may_wait(known: _Known) -> bool:
    """Whether a list may be put down as asked for though no mail is owed for it.

    While an address rests, a list it asks for besides stands on the page its last mail leads to.
    """
    return known.status is None and 0 < known.pending < MOST_PENDING


def _note(session: Session, request: Request, *, now: dt.datetime) -> tuple[int, int]:
    """Put person and subscription down, or find them; somebody may post the same at this moment.

    Who left stays as they are until they confirm: nobody else can bring them back.
    """
    newsletter, address = request.newsletter, request.address
    statements = _notes(session.get_bind().dialect.name)
    person = {
        "email": address.email,
        "address_key": address.key,
        "name": "",
        "language": request.language or newsletter.language,
        "created_at": now,
    }
    connection = session.connection()  # past the ORM, which would cost as much as the rest
    connection.execute(statements.person, person)
    subscriber_id: int = connection.execute(_PERSON, {"key": address.key}).scalar_one()
    subscription = {
        "list_id": newsletter.id,
        "subscriber_id": subscriber_id,
        "status": SubscriptionStatus.PENDING.value,
        "timezone": newsletter.timezone,
        "hour": newsletter.hour,
        "frequency": Frequency.DAILY.value,
        "created_at": now,
    }
    connection.execute(statements.subscription, subscription)
    whose = {"of_list": newsletter.id, "of_person": subscriber_id}
    subscription_id: int = connection.execute(_SUBSCRIPTION, whose).scalar_one()
    consent = {
        "subscription_id": subscription_id,
        "act": ASKED,
        "source": request.form,
        "happened_at": now,
        "ip": str(request.ip) if request.ip and newsletter.consent_ip_days else None,
    }
    connection.execute(_CONSENT, consent)
    return subscriber_id, subscription_id


class _Notes(NamedTuple):
    """The statements that put somebody down unless they are there."""

    person: Executable
    subscription: Executable


@cache
def _notes(dialect: str) -> _Notes:
    make = postgresql.insert if dialect == "postgresql" else sqlite.insert
    return _Notes(
        make(Subscriber).on_conflict_do_nothing(index_elements=["address_key"]),
        make(Subscription).on_conflict_do_nothing(index_elements=["list_id", "subscriber_id"]),
    )


_CONSENT = insert(Consent)
_PERSON = select(Subscriber.id).where(Subscriber.address_key == bindparam("key"))
_SUBSCRIPTION = select(Subscription.id).where(
    Subscription.list_id == bindparam("of_list"),
    Subscription.subscriber_id == bindparam("of_person"),
)
