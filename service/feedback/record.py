"""Take in one delivery event: store it once, and let it have its effects in the same transaction.

Duplicates and any order lead to the same state: a duplicate meets a constraint, a mailbox state
only ever rises, a suppression is made from the whole set of what was told, and a brief leaves
`in_doubt` once.
"""

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from service.audience.addresses import read_address
from service.audience.models import Subscriber
from service.editions.models import Brief
from service.errors import InputError
from service.feedback.event_models import Applied, DeliveryEvent
from service.feedback.evidence import accept
from service.feedback.mailbox import state_told, weaker_than
from service.feedback.notice_evidence import notice_named, prove_notice
from service.feedback.recipients import RecipientMarks
from service.feedback.standing import reason_to_stop
from service.feedback.suppress import end_subscriptions, queue_up, weigh_anew
from service.feedback.values import EventKind, Origin, ToldEvent, proves_acceptance
from service.ledger.notice_models import Notice
from service.ledger.state import DeliveryState
from service.ledger.stops import stop_route
from service.log import log

LOOKED_BACK_DAYS = 100  # longer than the links of a brief are good for

_MAY_HAVE_IT = (DeliveryState.ACCEPTED, DeliveryState.SENDING, DeliveryState.IN_DOUBT)


@dataclass(frozen=True, slots=True)
class _About:
    """The brief an event names, and whose it is."""

    brief: Brief
    address_key: str


def record(session: Session, told: ToldEvent, *, marks: RecipientMarks, now: dt.datetime) -> bool:
    """Store what was told and apply it; return False when it had been told before."""
    about = _brief_named(session, told, now=now)
    notice = notice_named(session, told, address_key=_address_key(told))
    address_key = _address_key(told) or (about.address_key if about else None)
    happened_at = min(told.happened_at or now, now)  # a clock ahead of ours must outrank nobody
    mark = marks.mark(address_key) if address_key else None
    event_id = _store(session, told, about, notice, mark=mark, happened_at=happened_at, now=now)
    if event_id is None:
        return False
    if mark is not None:
        queue_up(session, mark)
    verdict = Applied.UNMATCHED
    if about is not None:
        verdict = _prove(session, told, about.brief, now=now)
        _raise_mailbox_state(session, told, about.brief)
    elif notice is not None:
        verdict = prove_notice(session, told, notice, now=now)
    if address_key is not None:
        _settle_address(session, told, about, address_key, marks, happened_at=happened_at, now=now)
    session.execute(
        update(DeliveryEvent).where(DeliveryEvent.id == event_id).values(verdict=verdict.value)
    )
    log.info("event_recorded", event_id=event_id, kind=told.kind.value, verdict=verdict.value)
    return True


def _store(
    session: Session,
    told: ToldEvent,
    about: _About | None,
    notice: Notice | None,
    *,
    mark: str | None,
    happened_at: dt.datetime,
    now: dt.datetime,
) -> int | None:
    """Insert the event; return its id, or None when it is there already."""
    values = {
        "provider": told.provider,
        "event_key": told.key,
        "kind": told.kind.value,
        "bounce": told.bounce.value if told.bounce else None,
        "origin": told.origin.value if told.origin else None,
        "local_date": about.brief.local_date if about else None,
        "brief_id": about.brief.id if about else None,
        "notice_id": notice.id if notice else None,
        "attempt": told.reference.attempt if (about or notice) and told.reference else None,
        "recipient": mark,
        "provider_id": told.provider_id,
        "detail": told.detail[:300],
        "happened_at": happened_at,
        "received_at": now,
        "verdict": Applied.NOTED.value,
        "raw": told.raw,
    }
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    stored: int | None = session.scalar(
        dialect.insert(DeliveryEvent)
        .values(**values)
        .on_conflict_do_nothing()
        .returning(DeliveryEvent.id)
    )
    return stored


def _brief_named(session: Session, told: ToldEvent, *, now: dt.datetime) -> _About | None:
    """Return the brief an event names, if it is ours and went to that address.

    A reference holds no date, and the table is cut by date: so all recent ones are named, which is
    one look into the primary key for each. Another installation that uses the same account may
    have given the same numbers to somebody else: the address, or the provider's id, must fit too.
    """
    if told.reference is None or told.reference.is_notice:
        return None
    tomorrow = now.astimezone(dt.UTC).date() + dt.timedelta(days=1)  # in the east it is that date
    days = [tomorrow - dt.timedelta(days=back) for back in range(LOOKED_BACK_DAYS)]
    found = session.execute(
        select(Brief, Subscriber.address_key)
        .join(Subscriber, Subscriber.id == Brief.subscriber_id)
        .where(Brief.local_date.in_(days), Brief.id == told.reference.delivery_id)
    ).first()
    if found is None or told.reference.attempt > found[0].attempt:
        return None
    about = _About(found[0], found[1])
    is_its = about.brief.provider_id is not None and about.brief.provider_id == told.provider_id
    return about if is_its or _address_key(told) == about.address_key else None


def _prove(session: Session, told: ToldEvent, brief: Brief, *, now: dt.datetime) -> Applied:
    """Settle a brief in doubt; say how the event stands to the brief's state otherwise."""
    if not proves_acceptance(told.kind, told.origin):
        return Applied.NOTED
    is_last = told.reference is not None and told.reference.attempt == brief.attempt
    if accept(
        session,
        local_date=brief.local_date,
        brief_id=brief.id,
        provider_id=told.provider_id if is_last else None,
        now=now,
    ):
        return Applied.SETTLED
    state = session.scalar(
        select(Brief.state).where(Brief.local_date == brief.local_date, Brief.id == brief.id)
    )
    if state in _MAY_HAVE_IT:
        _stop_if_doubled(session, told, brief, now=now)
        return Applied.NOTED
    if state == DeliveryState.UNKNOWN:
        return Applied.TOO_LATE
    log.error("event_contradicts_state", brief_id=brief.id, kind=told.kind.value, state=state)
    return Applied.CONTRADICTS


def _stop_if_doubled(session: Session, told: ToldEvent, brief: Brief, *, now: dt.datetime) -> None:
    """Stop the route when its provider names another mail for the same brief than the one we know.

    Somebody has two; or another installation uses the same account. Either way a person must look.
    """
    known = brief.provider_id if brief.state == DeliveryState.ACCEPTED else None
    if known is None or told.provider_id is None or brief.transport != told.provider:
        return
    if known != told.provider_id:
        log.error("brief_known_twice", brief_id=brief.id, known=known, told=told.provider_id)
        stop_route(
            session,
            told.provider,
            f"brief {brief.id} was accepted as {known}, and {told.provider} tells of it as "
            f"{told.provider_id}: somebody has two, or another installation uses the same account",
            by="an event",
            now=now,
        )


def _raise_mailbox_state(session: Session, told: ToldEvent, brief: Brief) -> None:
    state = state_told(told.kind, told.bounce)
    if state is None:
        return
    session.execute(
        update(Brief)
        .where(
            Brief.local_date == brief.local_date,
            Brief.id == brief.id,
            or_(
                Brief.mailbox_state.is_(None),
                Brief.mailbox_state.in_([weaker.value for weaker in weaker_than(state)]),
            ),
        )
        .values(mailbox_state=state.value)
        .execution_options(synchronize_session=False)
    )


def _settle_address(
    session: Session,
    told: ToldEvent,
    about: _About | None,
    address_key: str,
    marks: RecipientMarks,
    *,
    happened_at: dt.datetime,
    now: dt.datetime,
) -> None:
    lifts = told.kind is EventKind.RESUBSCRIBED
    if lifts or reason_to_stop(told.kind, told.bounce, told.origin) is not None:
        weigh_anew(
            session,
            provider=told.provider,
            address_key=address_key,
            marks=marks.known(address_key),
            lifts=lifts,
        )
    elif told.kind is EventKind.UNSUBSCRIBED and told.origin is Origin.RECIPIENT:
        end_subscriptions(
            session,
            address_key=address_key,
            subscription_id=about.brief.subscription_id if about else None,
            provider=told.provider,
            happened_at=happened_at,
            now=now,
        )


def _address_key(told: ToldEvent) -> str | None:
    if told.recipient is None:
        return None
    try:
        return read_address(told.recipient).key
    except InputError:
        return None
