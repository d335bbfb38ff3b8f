"""Read the inbox: what the pages show and what the demo checks."""

import datetime as dt
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from service.embedded.catcher.schema import inbox_folder, open_store
from service.embedded.catcher.segments import read_octets
from service.embedded.catcher.values import KeptMail, MailSummary, Tally

LARGEST_ID = 2**63 - 1  # SQLite's
_SUMMARY = (
    "id, received_at, envelope_from, envelope_to, header_from, header_to, subject, message_id, size"
)


class Inbox:
    """The kept mail of one state folder; safe from any thread and any process."""

    def __init__(self, home: Path) -> None:
        self._folder = inbox_folder(home)

    def messages(
        self, search: str = "", before_id: int | None = None, limit: int = 50
    ) -> list[MailSummary]:
        """Return mails newest first, all words of `search` in sender, recipient or subject."""
        words = search.casefold().split()
        wheres = ["instr(searchable, ?) > 0"] * len(words)
        values: list[Any] = list(words)
        if before_id is not None:
            wheres.append("id < ?")
            values.append(before_id)
        where = f"WHERE {' AND '.join(wheres)} " if wheres else ""
        with self._reading() as connection:
            rows = connection.execute(
                f"SELECT {_SUMMARY} FROM messages {where}ORDER BY id DESC LIMIT ?",  # noqa: S608 - fixed text; values are bound
                (*values, limit),
            )
            return [_summary(row) for row in rows]

    def message(self, message_id: int) -> KeptMail | None:
        """Return one mail with its content, or None when there is no such mail."""
        if message_id > LARGEST_ID:
            return None
        with self._reading() as connection:
            row = connection.execute(
                f"SELECT {_SUMMARY}, segment, start FROM messages WHERE id = ?",  # noqa: S608 - fixed text; values are bound
                (message_id,),
            ).fetchone()
        if row is None:
            return None
        *columns, segment, start = row
        summary = _summary(columns)
        content = read_octets(self._folder, segment=segment, start=start, size=summary.size)
        return None if content is None else KeptMail(summary=summary, content=content)

    def neighbours(self, message_id: int) -> tuple[int | None, int | None]:
        """Return the ids of the next newer and the next older mail."""
        with self._reading() as connection:
            newer = connection.execute(
                "SELECT min(id) FROM messages WHERE id > ?", (message_id,)
            ).fetchone()[0]
            older = connection.execute(
                "SELECT max(id) FROM messages WHERE id < ?", (message_id,)
            ).fetchone()[0]
        return newer, older

    def count(self) -> int:
        """Return how many mails are kept, one for each recipient of each."""
        with self._reading() as connection:
            return int(connection.execute("SELECT count(*) FROM messages").fetchone()[0])

    def recipients_with_count(self) -> dict[str, int]:
        """Return how many mails each envelope recipient has got."""
        with self._reading() as connection:
            return dict(
                connection.execute(
                    "SELECT envelope_to, count(*) FROM messages GROUP BY envelope_to"
                )
            )

    def tally(self) -> Tally:
        """Return how much mail there is, for the first line of the list."""
        with self._reading() as connection:
            connection.execute("BEGIN")
            messages, newest_id = connection.execute(
                "SELECT count(*), coalesce(max(id), 0) FROM messages"
            ).fetchone()
            recipients = connection.execute(
                "SELECT count(DISTINCT envelope_to) FROM messages"
            ).fetchone()[0]
            newest_at = connection.execute(
                "SELECT received_at FROM messages WHERE id = ?", (newest_id,)
            ).fetchone()
        return Tally(
            messages=messages,
            recipients=recipients,
            newest_id=newest_id,
            newest_at=_moment(newest_at[0]) if newest_at else None,
        )

    def clear(self) -> int:
        """Forget every mail; returns how many there were. Their ids are not used again.

        Their octets go when the writer tidies up next.
        """
        with closing(open_store(self._folder)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            removed = connection.execute("DELETE FROM messages").rowcount
            connection.execute("COMMIT")
        return removed

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        with closing(open_store(self._folder)) as connection:
            connection.execute("PRAGMA query_only = ON")
            yield connection


def _summary(row: Sequence[Any]) -> MailSummary:
    return MailSummary(
        id=row[0],
        received_at=_moment(row[1]),
        envelope_from=row[2],
        envelope_to=row[3],
        header_from=row[4],
        header_to=row[5],
        subject=row[6],
        message_id=row[7],
        size=row[8],
    )


def _moment(milliseconds: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(milliseconds / 1000, dt.UTC)
