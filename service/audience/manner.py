"""How somebody wants their mail: language, text; and what may be learned from what they do."""

import datetime as dt
from dataclasses import dataclass

from sqlalchemy.orm import Session

from service.audience.forget import forget_learned
from service.audience.models import Consent, Subscriber, SubscriptionStatus
from service.audience.queries import subscriptions_of

TRACKING_GIVEN = "tracking_given"
TRACKING_WITHDRAWN = "tracking_withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """All of it, as it shall be."""

    language: str
    wants_text_only: bool
    may_track: bool
    is_personalised: bool


def change_manner(
    session: Session, person: Subscriber, wanted: Manner, *, source: str, now: dt.datetime
) -> frozenset[str]:
    """Write it down; return the names of what is different now.

    Leave to count opens and clicks is consent, so its giving and its end are kept as proof. Who
    does not want to be known is forgotten at once.
    """
    changed = set()
    for name in ("language", "wants_text_only", "may_track", "is_personalised"):
        value = getattr(wanted, name)
        if getattr(person, name) != value:
            setattr(person, name, value)
            changed.add(name)
    session.flush()
    if "may_track" in changed:
        act = TRACKING_GIVEN if wanted.may_track else TRACKING_WITHDRAWN
        session.add_all(
            Consent(subscription_id=one.id, act=act, source=source, happened_at=now)
            for one in subscriptions_of(session, subscriber_id=person.id)
            if one.status != SubscriptionStatus.UNSUBSCRIBED
        )
    if "is_personalised" in changed and not wanted.is_personalised:
        forget_learned(session, person.id, None, now=now)
    session.flush()
    return frozenset(changed)
