"""Drain: deliver ready batches for a while, with signs of life; one loop at a time a process."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock

from service.ledger.heartbeats import alive, beat
from service.sending.deliver import deliver_next_batch
from service.sending.outcome import Transport
from service.sending.recover import recover
from service.sending.sender import Sender

SIGN_OF_LIFE_SECONDS = 10.0


@dataclass(slots=True)
class Drain:
    """The loop; of its two doors, doorbell task and poller, whoever comes second leaves."""

    sender: Sender
    transport_for: Callable[[int], Transport] | None = None  # builds one for so many sharers
    sharers: int = 1  # live worker processes among which the transport's limits are divided
    least_sharers: int = 1
    clock_fault: str | None = None  # why nobody calls `run`
    _one_at_a_time: Lock = field(default_factory=Lock)
    _signed_at: float = float("-inf")
    _signed_faults: tuple[str | None, str | None] = (None, None)
    _recovered_at: float = float("-inf")

    def run(self) -> int:
        """Deliver until nothing is ready or the time is over; return the number of batches."""
        if not self._one_at_a_time.acquire(blocking=False):
            return 0
        try:
            until = time.monotonic() + self.sender.timing.drain_seconds
            batches = 0
            self.sign_of_life()
            self._prepare()
            while time.monotonic() < until and not self.sender.should_stop():
                if not deliver_next_batch(self.sender):
                    break
                batches += 1
                self.sign_of_life()
                if time.monotonic() - self._recovered_at > self.sender.timing.recover_seconds:
                    self._prepare()
            self.sign_of_life()  # what has just failed is told at once
            return batches
        finally:
            self._one_at_a_time.release()

    def _prepare(self) -> None:
        """Between batches, and in this loop only: a wave's lines stand all in one journal."""
        self._recovered_at = time.monotonic()
        self.sender.turn_journal()
        self.recover()
        self._share_limits()

    def recover(self) -> None:
        """Settle what the dead of this machine left."""
        if self.sender.journals is not None:
            recover(
                self.sender.database,
                self.sender.journals,
                now=self.sender.clock.now(),
                steps=self.sender.timing.retry_steps,
                transport=self.sender.transport.name,
            )

    def _share_limits(self) -> None:
        """Divide the transport's connections and rate anew when workers came or went."""
        if self.transport_for is None:
            return
        with self.sender.database.reading() as session:
            sharers = max(self.least_sharers, len(alive(session, kind="worker")))
        if sharers != self.sharers:
            self.sharers = sharers
            self.sender.transport.close()
            self.sender.transport = self.transport_for(sharers)

    def sign_of_life(self) -> None:
        """Say that this loop runs, at most every ten seconds."""
        now, faults = time.monotonic(), (self.sender.journal_fault, self.clock_fault)
        if now - self._signed_at < SIGN_OF_LIFE_SECONDS and faults == self._signed_faults:
            return
        self._signed_at, self._signed_faults = now, faults
        rate = self.sender.pace.per_second
        details = {
            "transport": self.sender.transport.name,
            "per_second": None if rate is None else round(rate, 1),
            "route_closed": self.sender.breaker.is_open(now),
            "journal_fault": self.sender.journal_fault,
            "clock_fault": self.clock_fault,
        }
        with self.sender.database.transaction() as session:
            beat(session, name=self.sender.name, kind="worker", details=details)
