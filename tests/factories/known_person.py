"""Somebody of whom everything that can be known is known, and next to them somebody else."""

import datetime as dt

from sqlalchemy.orm import Session

from service.audience.addresses import read_address
from service.audience.models import (
    AddressChange,
    Consent,
    PodcastStance,
    ReaderProfile,
    SpeakerStance,
    Subscriber,
    Suppression,
)
from service.editions.models import Brief
from service.feedback.event_models import DeliveryEvent
from service.feedback.models import Deed
from service.feedback.react import react
from service.feedback.recipients import RecipientMarks
from service.insights.models import Insight
from service.ledger.models import Attempt, Shown
from service.ledger.notice_models import NoticeKind
from service.ledger.notices import Recipient, owe_notice
from tests.factories.readership import Readership

NAME = "Quillhilda Overmarsh"
EMAIL = "quillhilda.overmarsh@unmistakable.example"
MARKS = ("quillhilda", "overmarsh", "unmistakable")  # what must not be found anywhere afterwards


def make_known(
    session: Session, people: Readership, *, keys: list[bytes], now: dt.datetime
) -> None:
    """Write a row about the first reader wherever there may be one."""
    person = session.get_one(Subscriber, people.subscriber_id)
    address = read_address(EMAIL)
    person.name, person.email, person.address_key = NAME, address.email, address.key
    brief = session.get_one(Brief, (people.brief_id, people.local_date))
    brief.provider_id, brief.reply = "<p.1@mx>", f"250 queued for {EMAIL}"
    brief.wave_id = "w1"
    session.flush()
    for deed, insight_id in zip(Deed, people.insight_ids, strict=False):
        react(session, brief=brief, insight_id=insight_id, deed=deed, now=now)
    first = session.get_one(Insight, people.insight_ids[0])
    session.add_all(
        [
            PodcastStance(
                subscriber_id=person.id, podcast_id=first.podcast_id, stance="follow", since=now
            ),
            SpeakerStance(
                subscriber_id=person.id, speaker_key="ines marlow", stance="mute", since=now
            ),
            ReaderProfile(
                subscriber_id=person.id, model="m", vector=b"\x00\x3c", likes=1.0, updated_at=now
            ),
            Consent(
                subscription_id=people.subscription_id,
                act="given",
                source="import",
                happened_at=now,
            ),
            AddressChange(
                subscriber_id=person.id,
                new_email=f"new.{EMAIL}",
                old_email=f"old.{EMAIL}",
                asked_at=now,
                expires_at=now,
            ),
            Suppression(address_key=address.key, reason="complained", source="postmark", since=now),
            Shown(
                subscriber_id=person.id,
                story_id=1,
                insight_id=people.insight_ids[0],
                brief_id=brief.id,
                shown_on=people.local_date,
            ),
            Attempt(
                local_date=people.local_date,
                brief_id=brief.id,
                attempt=1,
                verdict="deferred",
                wave_id="w1",
                stage="rcpt",
                reply=f"450 {EMAIL} busy",
                ended_at=now,
            ),
            DeliveryEvent(
                provider="postmark",
                event_key="1",
                kind="bounced",
                local_date=people.local_date,
                brief_id=brief.id,
                recipient=RecipientMarks(keys).mark(address.key),
                detail=f"no {NAME} here",
                happened_at=now,
                received_at=now,
                verdict="noted",
                raw='{"Name": "' + NAME + '"}',
            ),
        ]
    )
    owe_notice(
        session,
        kind=NoticeKind.CONFIRM,
        recipient=Recipient(
            address=EMAIL, address_key=address.key, subscriber_id=person.id, list_id=people.list_id
        ),
        dedupe_key=f"confirm:{people.subscription_id}",
        expires_at=now + dt.timedelta(days=2),
        arguments={"subscription_id": people.subscription_id, "name": NAME},
        now=now,
    )
    session.flush()
