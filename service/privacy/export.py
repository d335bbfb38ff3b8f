"""Hand somebody everything we have of them: a ZIP of JSON files, written as it is read."""

import datetime as dt
import json
import zipfile
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from sqlalchemy import Select
from sqlalchemy.orm import Session

from service.audience.models import Subscriber
from service.db.database import Database
from service.errors import NotFoundError
from service.languages import language
from service.privacy.belongings import belongings_of
from service.privacy.readme import readme
from service.privacy.sent import Sent, sent_page

_PAGE = 200


class _Outlet:
    """Takes what the ZIP writes and lets it out piece by piece; it cannot be gone back in."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def write(self, piece: bytes) -> int:
        self._pieces.append(bytes(piece))
        return len(piece)

    def flush(self) -> None:
        """Nothing waits anywhere but in the list."""

    def taken(self) -> bytes:
        whole = b"".join(self._pieces)
        self._pieces.clear()
        return whole


def export_zip(
    database: Database, *, subscriber_id: int, site: str, now: dt.datetime
) -> Iterator[bytes]:
    """Yield the bytes of the ZIP; memory holds one page of it.

    Raises `NotFoundError` before the first byte when there is no such person.
    """
    with database.reading() as session:
        person = session.get(Subscriber, subscriber_id)
        if person is None:
            raise NotFoundError("the person this belongs to is no longer known to us")
        yield from _pieces(session, person, site=site, now=now)


def file_name(now: dt.datetime) -> str:
    return f"podbrief-{now:%Y-%m-%d}.zip"


def _pieces(
    session: Session, person: Subscriber, *, site: str, now: dt.datetime
) -> Iterator[bytes]:
    outlet = _Outlet()
    with zipfile.ZipFile(outlet, "w", zipfile.ZIP_DEFLATED) as archive:  # type: ignore[call-overload]  # it needs no more of a file than to be written to
        lang = language(person.language)
        archive.writestr("README.txt", readme(lang, email=person.email, site=site, now=now))
        yield outlet.taken()
        for name, statement in belongings_of(person):
            with archive.open(f"{name}.json", "w") as file:
                for line in _as_json(_rows(session, statement)):
                    file.write(line)
            yield outlet.taken()
        with archive.open("briefs.json", "w") as file:
            for line in _as_json(_briefs(session, person)):
                file.write(line)
                if piece := outlet.taken():
                    yield piece
    yield outlet.taken()


def _rows(session: Session, statement: Select[*tuple[Any, ...]]) -> Iterator[dict[str, Any]]:
    for row in session.execute(statement.execution_options(yield_per=_PAGE)):
        yield dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's public name for it


def _briefs(session: Session, person: Subscriber) -> Iterator[dict[str, Any]]:
    before = None
    lang = language(person.language)
    while page := sent_page(
        session, subscriber_id=person.id, before=before, limit=_PAGE, lang=lang
    ):
        for sent in page:
            yield _told(sent)
        before = page[-1].place


def _told(sent: Sent) -> dict[str, Any]:
    brief = sent.brief
    return {
        "local_date": brief.local_date,
        "list": sent.list_name,
        "state": brief.state,
        "reason": brief.reason,
        "due_at": brief.due_at,
        "settled_at": brief.settled_at,
        "mailbox_state": brief.mailbox_state,
        "picks": [
            {
                "insight_id": pick.insight_id,
                "headline": pick.headline,
                "podcast": pick.podcast,
                "score": pick.score,
                "reason": pick.reason,
                "why": pick.why,
            }
            for pick in sent.picks
        ],
    }


def _as_json(rows: Iterable[dict[str, Any]]) -> Iterator[bytes]:
    """Write rows as one JSON array, a line each."""
    yield b"["
    for number, row in enumerate(rows):
        text = json.dumps(row, default=_plain, ensure_ascii=False)
        yield f"{',' if number else ''}\n{text}".encode()
    yield b"\n]\n"


def _plain(value: Any) -> Any:
    if isinstance(value, dt.datetime | dt.date):
        return value.isoformat()
    if isinstance(value, bytes):  # the vector of somebody's taste
        return [round(float(number), 4) for number in np.frombuffer(value, dtype="<f2")]
    return str(value)
