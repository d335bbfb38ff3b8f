"""Whoever leaves or pauses, in whatever way, gets no brief that was planned before."""

from collections.abc import Callable

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from service.audience.models import Subscriber, Subscription
from service.audience.steer import pause
from service.feedback.unsubscribe import UnsubscribeSource, unsubscribe
from service.feedback.unsubscribe_mail import unsubscribe_by_mail
from service.sending.deliver import deliver_next_batch
from service.tokens import Purpose, Signer
from tests.factories.sending import equation_holds, sender_of, states
from tests.factories.transports import MemoryTransport

SIGNER = Signer([b"a key that is long enough to sign with"])


def one_click(session: Session, held: Subscription, now) -> None:
    source = UnsubscribeSource.ONE_CLICK
    unsubscribe(session, subscription_id=held.id, source=source, now=now)


def by_button(session: Session, held: Subscription, now) -> None:
    unsubscribe(session, subscription_id=held.id, source=UnsubscribeSource.PAGE, now=now)


def by_mail(session: Session, held: Subscription, now) -> None:
    token = SIGNER.sign(Purpose.UNSUBSCRIBE, held.id, 1, now.date().toordinal())
    raw = f"Subject: unsubscribe {token}\r\n\r\n".encode()
    unsubscribe_by_mail(session, raw, signer=SIGNER, now=now)


def by_pause(session: Session, held: Subscription, now) -> None:
    pause(session, held, until=None)


@pytest.mark.parametrize("leave", [one_click, by_button, by_mail, by_pause])
def test_it_holds_for_briefs_planned_already(
    planned, clock, leave: Callable[[Session, Subscription, object], None]
):
    with planned.transaction() as session:
        held = session.scalars(select(Subscription).order_by(Subscription.id)).first()
        leave(session, held, clock.now())
        gone = session.get_one(Subscriber, held.subscriber_id).email
    transport = MemoryTransport()
    deliver_next_batch(sender_of(planned, clock, transport))
    assert gone not in transport.recipients
    assert states(planned) == {"accepted": 6, "cancelled": 1}
    assert equation_holds(planned)
