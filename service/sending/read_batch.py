"""Read a leased batch: its edition, and the people in it who are still to be sent to."""

import json
from collections.abc import Sequence
from itertools import starmap
from typing import Any

from sqlalchemy import Text, cast, select
from sqlalchemy.orm import Session, joinedload

from service.audience.footer_notes import footer_notes
from service.audience.models import Subscriber
from service.editions.models import Brief, Edition
from service.ledger.state import CLAIMABLE
from service.rendering.values import Pick, Reader
from service.sending.lease import Lease, rows_of_batch


def edition_of(session: Session, lease: Lease) -> Edition:
    return session.scalars(
        select(Edition).where(Edition.id == lease.edition_id).options(joinedload(Edition.list))
    ).one()


def readers_of(session: Session, lease: Lease) -> dict[int, Reader]:
    """Read the people of a batch who are still to be sent to, now or later, by brief id."""
    rows = session.connection().execute(_READERS, lease.values()).all()
    # read as one text: a call of the parser for each row would cost more than the parsing
    frozen = json.loads(f"[{','.join(row.picks for row in rows)}]")
    notes = footer_notes(session, {row.subscription_id: lease.local_date for row in rows})
    return {
        brief_id: Reader(
            brief_id=brief_id,
            attempt=attempt + 1,
            local_date=lease.local_date,
            subscription_id=subscription_id,
            subscriber_id=subscriber_id,
            email=email,
            name=name,
            hour=hour,
            frequency=frequency,
            language=language,
            text_only=text_only,
            may_track=may_track,
            link_number=link_number,
            note=notes.get(subscription_id, ""),
            date_header=created_at,
            picks=_picks(picks),
        )
        for (
            brief_id, attempt, subscription_id, subscriber_id,
            hour, frequency, created_at, email, name, language, text_only, may_track,
            link_number, _,
        ), picks in zip(rows, frozen, strict=True)
    }  # fmt: skip


def reader_of(brief: Brief, subscriber: Subscriber, *, note: str = "") -> Reader:
    """Return the values a brief is rendered from, as they were frozen."""
    return Reader(
        brief_id=brief.id,
        attempt=brief.attempt + 1,
        local_date=brief.local_date,
        subscription_id=brief.subscription_id,
        subscriber_id=brief.subscriber_id,
        email=subscriber.email,
        name=subscriber.name,
        hour=brief.hour,
        frequency=brief.frequency,
        language=subscriber.language,
        text_only=subscriber.wants_text_only,
        may_track=subscriber.may_track,
        link_number=subscriber.link_number,
        note=note,
        date_header=brief.created_at,
        picks=_picks(brief.picks),
    )


def _picks(frozen: Sequence[Any]) -> list[Pick]:
    return list(starmap(Pick, frozen))


_READERS = (
    select(
        Brief.id,
        Brief.attempt,
        Brief.subscription_id,
        Brief.subscriber_id,
        Brief.hour,
        Brief.frequency,
        Brief.created_at,
        Subscriber.email,
        Subscriber.name,
        Subscriber.language,
        Subscriber.wants_text_only,
        Subscriber.may_track,
        Subscriber.link_number,
        cast(Brief.picks, Text).label("picks"),
    )
    .join(Subscriber, Subscriber.id == Brief.subscriber_id)
    .where(*rows_of_batch(Brief), Brief.state.in_(sorted(state.value for state in CLAIMABLE)))
    .order_by(Brief.id)
)
