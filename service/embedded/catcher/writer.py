"""Keep received mail: many in one commit, each answered only after its commit.

One thread writes. While it commits, what arrives next waits in its queue and shares the next
commit, so that the cost of a commit falls as the load rises and no mail waits for a timer.
"""

import queue
import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

from service.embedded.catcher.headers import shown_fields
from service.embedded.catcher.schema import inbox_folder, open_store
from service.embedded.catcher.segments import SEGMENT_BYTES, Segments
from service.embedded.catcher.values import ReceivedMail
from service.log import log

KEPT_AT_MOST = 200_000
TRIM_EVERY = 1_000
WAVE_BYTES = 16_000_000

_INSERT = (
    "INSERT INTO messages (segment, start, received_at, envelope_from, envelope_to, header_from, "
    "header_to, subject, message_id, size, searchable) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)

Answer = Callable[[bool], None]
"""Told whether the mail is kept, in the writer's thread."""


class _Waiting(NamedTuple):
    mail: ReceivedMail
    answer: Answer


class _Order(NamedTuple):
    """What else the writer can be asked for."""

    is_end: bool


class Writer(threading.Thread):
    """The only writer of mail; `put` from any thread, `stop` writes what is left and ends."""

    def __init__(
        self, home: Path, *, kept_at_most: int = KEPT_AT_MOST, segment_bytes: int = SEGMENT_BYTES
    ) -> None:
        super().__init__(name="inbox-writer")
        self._folder = inbox_folder(home)
        self._kept_at_most = kept_at_most
        self._since_tidying = 0
        self._queue: queue.SimpleQueue[_Waiting | _Order] = queue.SimpleQueue()
        open_store(self._folder).close()  # a store that cannot be opened stops the start, not us
        self._segments = Segments(self._folder, segment_bytes=segment_bytes)

    def put(self, mail: ReceivedMail, answer: Answer) -> None:
        self._queue.put(_Waiting(mail, answer))

    def tidy_soon(self) -> None:
        """Free the room of mail that was removed."""
        self._queue.put(_Order(is_end=False))

    def stop(self) -> None:
        self._queue.put(_Order(is_end=True))
        self.join()

    def run(self) -> None:
        with closing(open_store(self._folder)) as connection, closing(self._segments):
            self._tidy(connection)
            while True:
                wave, order = self._next_wave()
                if wave:
                    self._keep(connection, wave)
                if self._since_tidying >= TRIM_EVERY or (order and not order.is_end):
                    self._tidy(connection)
                if order and order.is_end:
                    break

    def _next_wave(self) -> tuple[list[_Waiting], _Order | None]:
        """Wait for mail or an order; return all that came before the order."""
        wave: list[_Waiting] = []
        size = 0
        following = self._queue.get()
        try:
            while isinstance(following, _Waiting):
                wave.append(following)
                size += len(following.mail.content)
                if size >= WAVE_BYTES:
                    return wave, None
                following = self._queue.get_nowait()
        except queue.Empty:
            return wave, None
        return wave, following

    def _keep(self, connection: sqlite3.Connection, wave: list[_Waiting]) -> None:
        try:
            rows = [row for waiting in wave for row in self._written(waiting.mail)]
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany(_INSERT, rows)
            connection.execute("COMMIT")
        except (sqlite3.Error, OSError, ValueError) as error:  # ValueError: text that is no UTF-8
            log.error("catcher_cannot_write", error=str(error), mails=len(wave))
            _undo(connection)
            kept = False
        else:
            self._since_tidying += len(rows)
            kept = True
        for waiting in wave:
            waiting.answer(kept)

    def _written(self, mail: ReceivedMail) -> list[tuple[Any, ...]]:
        """Write a mail's octets; returns its row for each recipient."""
        segment, start = self._segments.append(mail.content)
        fields = shown_fields(mail.content)
        shown = f"{fields.sender}\n{fields.recipient}\n{fields.subject}\n"
        return [
            (
                segment,
                start,
                int(mail.received_at.timestamp() * 1000),
                mail.envelope_from,
                recipient,
                fields.sender,
                fields.recipient,
                fields.subject,
                fields.message_id,
                len(mail.content),
                (shown + recipient).casefold(),
            )
            for recipient in mail.recipients
        ]

    def _tidy(self, connection: sqlite3.Connection) -> None:
        """Remove the oldest mail beyond the cap, and octets that no row names any more."""
        self._since_tidying = 0
        try:
            connection.execute(
                "DELETE FROM messages WHERE id <= (SELECT max(id) FROM messages) - ?",
                (self._kept_at_most,),
            )
            oldest = connection.execute(
                "SELECT segment FROM messages ORDER BY id LIMIT 1"
            ).fetchone()
            self._segments.remove_before(oldest[0] if oldest else None)
        except (sqlite3.Error, OSError) as error:
            log.warning("catcher_cannot_tidy", error=str(error))  # tried again after the next mails


def _undo(connection: sqlite3.Connection) -> None:
    if connection.in_transaction:
        connection.execute("ROLLBACK")
