"""Erase a person: nothing that says who they were stays, and every count stays what it was.

Rows that are theirs alone go. Rows that others are counted by stay without them: a brief keeps its
state, so that its edition's equation holds, and loses its reader; no two briefs of one person can
be told to be one person's afterwards. What is left is a keyed hash of the address, so that no
import brings it back.
"""

import datetime as dt
from collections.abc import Sequence
from enum import StrEnum
from typing import Any

from sqlalchemy import String, Update, delete, exists, or_, select, tuple_, update
from sqlalchemy.orm import Session

from service.audience.erased import ErasureMarks, note_erased
from service.audience.models import Subscriber, Suppression
from service.audience.sign_up_forget import forget_asked
from service.db.bulk import rows_as_table
from service.db.database import Database
from service.editions.models import Brief
from service.editions.queries import choice_pages_of
from service.feedback.event_models import DeliveryEvent
from service.feedback.recipients import RecipientMarks
from service.ledger.models import Attempt, Shown
from service.ledger.notice_models import Notice
from service.ledger.state import CLAIMABLE, DeliveryState
from service.log import log
from service.privacy.erasures import due_erasures
from service.selection.keep import forget_reader

AT_ONCE = 100  # people a round
NOBODY = 0
ERASED = "erased"  # the reason of what was still to be sent
_PAGE = 500


class Outcome(StrEnum):
    """What came of an erasure."""

    ERASED = "erased"
    GONE = "gone"  # there was nobody any more
    WAITS = "waits"  # a mail of theirs is being handed over this moment; the next round does it


class Eraser:
    """Erases with the keys that recognise an address in what we keep."""

    def __init__(self, signing_keys: Sequence[bytes]) -> None:
        self._keys = signing_keys
        self._marks = ErasureMarks(signing_keys)
        self._recipients = RecipientMarks(signing_keys)

    def erase_due(self, database: Database, *, now: dt.datetime) -> int:
        """Erase everybody whose time to think is over; return how many."""
        with database.reading() as session:
            due = due_erasures(session, now=now, limit=AT_ONCE)
        erased = sum(
            self.erase(database, subscriber_id=one, now=now) is Outcome.ERASED for one in due
        )
        if erased:
            log.info("people_erased", number=erased)
        return erased

    def erase(self, database: Database, *, subscriber_id: int, now: dt.datetime) -> Outcome:
        """Erase one person in one transaction."""
        with database.transaction() as session:
            outcome = self._erase(session, subscriber_id, now=now)
        if outcome is Outcome.ERASED:
            database.scrub()
        return outcome

    def _erase(self, session: Session, subscriber_id: int, *, now: dt.datetime) -> Outcome:
        person = session.scalar(
            select(Subscriber).where(Subscriber.id == subscriber_id).with_for_update()
        )
        if person is None:
            return Outcome.GONE
        if _is_being_sent(session, person):
            return Outcome.WAITS
        pages = choice_pages_of(session, subscriber_id=subscriber_id)  # while briefs say whose
        forget_reader(session, page_ids=pages, subscriber_id=subscriber_id)
        _take_out_of_briefs(session, subscriber_id, now=now)
        _take_out_of_events(session, self._recipients.known(person.address_key))
        _take_out_of_notices(session, person, now=now)
        session.execute(delete(Shown).where(Shown.subscriber_id == subscriber_id))
        session.execute(delete(Suppression).where(Suppression.address_key == person.address_key))
        forget_asked(session, address_key=person.address_key, signing_keys=self._keys)
        note_erased(session, address_key=person.address_key, marks=self._marks, now=now)
        # all else hangs on this row and goes with it: subscriptions, consents, interests, deeds
        session.execute(delete(Subscriber).where(Subscriber.id == subscriber_id))
        return Outcome.ERASED


def _is_being_sent(session: Session, person: Subscriber) -> bool:
    sending = DeliveryState.SENDING.value
    return bool(
        session.scalar(
            select(
                or_(
                    exists().where(Brief.subscriber_id == person.id, Brief.state == sending),
                    exists().where(_of_theirs(person), Notice.state == sending),
                )
            )
        )
    )


def _take_out_of_briefs(session: Session, subscriber_id: int, *, now: dt.datetime) -> None:
    """End what is still owed, and make every brief one of nobody's."""
    theirs = Brief.subscriber_id == subscriber_id
    _run(
        session,
        update(Brief)
        .where(theirs, Brief.state.in_([state.value for state in CLAIMABLE]))
        .values(state=DeliveryState.CANCELLED.value, reason=ERASED, settled_at=now),
    )
    rows = session.execute(select(Brief.local_date, Brief.id).where(theirs)).all()
    for start in range(0, len(rows), _PAGE):
        page = [tuple(row) for row in rows[start : start + _PAGE]]
        for table, nothing in (
            (Attempt, {"reply": None, "provider_id": None}),
            (DeliveryEvent, _NOTHING_TOLD),
        ):
            whose: Any = tuple_(table.local_date, table.brief_id)
            _run(session, update(table).where(whose.in_(page)).values(nothing))
    _run(
        session,
        update(Brief)
        .where(theirs)
        .values(
            subscriber_id=-Brief.id,  # its own number: unique a list and day, and never the same
            subscription_id=NOBODY,
            picks=[],
            hour=0,
            frequency="daily",
            provider_id=None,
            reply=None,
        ),
    )


_NOTHING_TOLD = {"recipient": None, "provider_id": None, "detail": "", "raw": "{}"}


def _take_out_of_events(session: Session, marks: list[str]) -> None:
    """Blank what providers told of the address without naming a brief."""
    known = rows_as_table(session, "known", {"mark": (String(), marks)})
    _run(
        session,
        update(DeliveryEvent)
        .where(DeliveryEvent.recipient.in_(select(known.c.mark)))
        .values(_NOTHING_TOLD),
    )


def _of_theirs(person: Subscriber) -> Any:
    return or_(
        Notice.subscriber_id == person.id,
        (Notice.address_key == person.address_key) & Notice.staff_id.is_(None),
    )


def _take_out_of_notices(session: Session, person: Subscriber, *, now: dt.datetime) -> None:
    theirs = _of_theirs(person)
    _run(
        session,
        update(Notice)
        .where(theirs, Notice.settled_at.is_(None))
        .values(state=DeliveryState.CANCELLED.value, reason=ERASED, settled_at=now),
    )
    for notice_id in session.scalars(select(Notice.id).where(theirs)).all():
        _run(
            session,
            update(Notice)
            .where(Notice.id == notice_id)
            .values(
                dedupe_key=f"{ERASED}:{notice_id}",
                recipient="",
                address_key="",
                subscriber_id=None,
                arguments={},
                provider_id=None,
                reply=None,
            ),
        )


def _run(session: Session, statement: Update) -> None:
    session.execute(statement.execution_options(synchronize_session=False))
