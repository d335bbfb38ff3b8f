"""A sender that can die at any point, and a store that can go away: for the model of the ledger."""

from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from sqlalchemy.orm import Session

from service.db.database import Database
from service.errors import UnavailableError
from service.rendering.message import OutgoingMessage
from service.sending.outcome import BeforeContent, Blame, Outcome, Verdict
from tests.factories.transports import outcome

FATES = (
    *("accept", "accept", "accept", "accept", "defer", "fail", "bounce"),
    *("doubt_taken", "doubt_lost", "die_idle", "die_begun", "die_taken", "freeze", "stop"),
)
COMMITS = ("well", "well", "well", "well", "well", "refused", "unheard")


class KilledError(BaseException):
    """Nothing catches it: what is left is what a kill -9 leaves."""


class LossyDatabase(Database):
    """A store whose next commits go as `fates` say: well, refused, or done with no answer heard."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.fates: deque[str] = deque()

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        fate = self.fates.popleft() if self.fates else "well"
        if fate == "refused":
            raise UnavailableError("the store is away")
        with super().transaction() as session:
            yield session
        if fate == "unheard":
            raise UnavailableError("the line broke before the answer came")


class FatefulTransport:
    """Does with each message what `fates` say next, and counts what the other side took."""

    name = "memory"

    def __init__(
        self, taken: Counter[int], cut_off: set[int], while_frozen: Callable[[], None]
    ) -> None:
        self.taken = taken
        self.cut_off = cut_off  # of these nobody heard what became of them
        self.fates: deque[str] = deque()
        self.must_stop = False
        self._while_frozen = while_frozen

    def hand_over(
        self, messages: Sequence[OutgoingMessage], *, before_content: BeforeContent
    ) -> Iterator[Outcome]:
        may_begin = True
        for message in messages:
            fate = self.fates.popleft() if self.fates else "accept"
            if fate == "die_idle":
                raise KilledError
            self.must_stop = self.must_stop or fate == "stop"
            may_begin = may_begin and before_content([message], ())
            if may_begin:
                yield self._send(message, fate)
            else:
                yield outcome(message, Verdict.NOT_BEGUN)

    def _send(self, message: OutgoingMessage, fate: str) -> Outcome:
        if fate in ("doubt_taken", "doubt_lost", "die_begun", "die_taken"):
            self.cut_off.add(message.delivery_id)
        if fate == "die_begun":
            raise KilledError
        if fate == "freeze":
            self._while_frozen()
        if fate in ("accept", "freeze", "doubt_taken", "die_taken"):
            self.taken[message.delivery_id] += 1
        if fate == "die_taken":
            raise KilledError
        if fate in ("doubt_taken", "doubt_lost"):
            return outcome(message, Verdict.IN_DOUBT)
        if fate == "defer":
            return outcome(message, Verdict.DEFERRED, blame=Blame.MAILBOX)
        if fate in ("fail", "bounce"):
            blame = Blame.ADDRESS if fate == "bounce" else Blame.MESSAGE
            return outcome(message, Verdict.FAILED, blame=blame)
        return outcome(message, Verdict.ACCEPTED, provider_id="memory-1")

    def close(self) -> None:
        self.fates.clear()
