"""Connect to PostgreSQL so that a line that died without a word is noticed, at both its ends.

A host that vanishes, or a box in between that forgets the connection, closes nothing: whoever waits
for an answer would wait for good. So an answer has a time by which it is here, whatever the network
is made of; besides, the kernels ask whether the other end is still there, and the server lets go of
what somebody who left had locked.
"""

from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.abc import RV, PQGen

USUAL_SECONDS = 60.0
_PROBES = 3  # unanswered ones that end a connection
_IDLE_FACTOR = 5  # a transaction may rest longer than a statement may take


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long a connection is waited for, and an answer; `answer_seconds` None: for good."""

    connect_seconds: int = 10
    answer_seconds: float | None = None

    def at_our_end(self) -> dict[str, int]:
        """Return libpq's parameters; it passes over those of TCP on a unix socket."""
        idle, between, unanswered = self._probing()
        return {
            "connect_timeout": self.connect_seconds,
            "keepalives": 1,
            "keepalives_idle": idle,
            "keepalives_interval": between,
            "keepalives_count": _PROBES,
            "tcp_user_timeout": unanswered,
        }

    def at_the_server(self) -> str:
        """Return the server's settings for our connections, as its command line would have them."""
        idle, between, unanswered = self._probing()
        settings: dict[str, int] = {
            "tcp_keepalives_idle": idle,
            "tcp_keepalives_interval": between,
            "tcp_keepalives_count": _PROBES,
            "tcp_user_timeout": unanswered,
        }
        if self.answer_seconds is not None:
            settings |= {
                "statement_timeout": _milliseconds(self.answer_seconds),
                "idle_in_transaction_session_timeout": _milliseconds(
                    _IDLE_FACTOR * self.answer_seconds
                ),
            }
        return " ".join(f"-c {name}={value}" for name, value in settings.items())

    def _probing(self) -> tuple[int, int, int]:
        """Return after how many seconds the kernel asks, how often, and its limit in ms."""
        seconds = self.answer_seconds or USUAL_SECONDS
        return max(1, round(seconds / 2)), max(1, round(seconds / 6)), _milliseconds(seconds)


class PatientConnection(psycopg.Connection[Any]):
    """A connection that is given up when an answer does not come in time."""

    answer_seconds: float | None = None

    def wait(self, gen: PQGen[RV], interval: float = 0.1, timeout: float | None = None) -> RV:
        """Wait for one answer; raises `psycopg.OperationalError` when it is overdue.

        The server gives a slow statement up by itself, and says so: that is heard first, so the
        connection stays good. Who hears nothing at all closes it, since nobody knows what became
        of what was asked.
        """
        if timeout is not None or self.answer_seconds is None:
            return super().wait(gen, interval, timeout)
        limit = 1.2 * self.answer_seconds
        try:
            return super().wait(gen, interval, limit)
        except psycopg.errors._WaitTimeout as error:  # noqa: SLF001 - it has no other name
            self.pgconn.finish()
            message = f"no answer within {limit:g} s: the line to the store is dead"
            raise psycopg.OperationalError(message) from error


def connect(patience: Patience, *words: Any, **parameters: Any) -> PatientConnection:
    """Open a connection with that patience; what the parameters say themselves goes before it."""
    said = f"{parameters.pop('options', '')} {patience.at_the_server()}"
    both = {**patience.at_our_end(), **parameters, "options": said.strip()}
    connection = PatientConnection.connect(*words, **both)
    connection.answer_seconds = patience.answer_seconds
    return connection


def _milliseconds(seconds: float) -> int:
    return max(1, round(1000 * seconds))
