"""A sender for tests, and what became of the briefs."""

import datetime as dt
from typing import Any

from sqlalchemy import select

from service.clock import Clock
from service.config import TEMPLATES
from service.db.database import Database
from service.db.sealed import Sealer
from service.editions.equation import equation_of
from service.editions.models import Brief, Edition
from service.rendering.notice import NoticeRenderer
from service.sending.letters import LetterDesk
from service.sending.outcome import Transport
from service.sending.prepare import RendererShelf
from service.sending.sender import Sender
from service.tokens import Signer

SEALER = Sealer([b"k" * 32])
EPOCH = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)


def sender_of(database: Database, clock: Clock, transport: Transport, **more) -> Sender:
    shelf = RendererShelf(
        signer=Signer([b"k" * 32]), public_url="http://localhost:8000", unsubscribe_mailto=None
    )
    values: dict[str, Any] = {
        "name": "test:1",
        "database": database,
        "transport": transport,
        "shelf": shelf,
        "clock": clock,
        "lease_seconds": 120,
        "wave_seconds": 5,
        "desk": LetterDesk(
            renderer=NoticeRenderer(TEMPLATES / "email"),
            signer=Signer([b"k" * 32]),
            sealer=SEALER,
            public_url="https://brief.example.org",
        ),
    }
    return Sender(**(values | more))


def states(database: Database) -> dict[str, int]:
    with database.reading() as session:
        found = list(session.scalars(select(Brief.state)))
    return {state: found.count(state) for state in sorted(set(found))}


def equation_holds(database: Database) -> bool:
    with database.reading() as session:
        edition = session.scalars(select(Edition)).one()
        return equation_of(session, edition_id=edition.id).holds
