"""The messages of one hand-over: which wait, which are known, and whether any more may begin."""

from collections import deque
from collections.abc import Iterator, Sequence

from service.log import log
from service.rendering.message import OutgoingMessage
from service.sending.outcome import BeforeContent, Outcome
from service.sending.replies import lost, not_begun
from service.sending.transports.limiter import Limiter


class Wave:
    """Hands out each message once and takes exactly one outcome for it."""

    def __init__(
        self,
        messages: Sequence[OutgoingMessage],
        before_content: BeforeContent,
        limiter: Limiter,
    ) -> None:
        self._waiting = deque(messages)
        self._before_content = before_content
        self._limiter = limiter
        self._outcomes: deque[Outcome] = deque()
        self._untold: list[Outcome] = []  # those of them that nobody was told of
        self._stopped = False
        self._failure: Exception | None = None
        self.unknown = len(self._waiting)  # how many have no outcome yet

    @property
    def has_waiting(self) -> bool:
        return bool(self._waiting)

    def take(self) -> OutgoingMessage | None:
        """Return the next message to try, or None: no more, or not yet by the pace."""
        if not self._waiting or not self._limiter.take():
            return None
        return self._waiting.popleft()

    def delay(self) -> float:
        """Return the seconds until the pace allows the next message."""
        return self._limiter.delay()

    def may_begin(self, message: OutgoingMessage) -> bool:
        """Ask, right before its first content byte, whether `message` may begin."""
        if not self._stopped and not self._asked(message):
            self._stopped = True
            while self._waiting:
                self.report(not_begun(self._waiting.popleft(), "body"))
        return not self._stopped

    def give_back(self, message: OutgoingMessage) -> None:
        """Put back a message that had no fair try: its connection ended before it could begin.

        This comes to an end: only a connection that settled another message, or was kept from the
        wave before, gives one back.
        """
        if self._stopped:
            self.report(not_begun(message, "mail"))
        else:
            self._waiting.appendleft(message)

    def report(self, outcome: Outcome) -> None:
        """Note what became of one message."""
        self.unknown -= 1
        self._outcomes.append(outcome)
        self._untold.append(outcome)

    def give_up(self, stage: str, code: int | None, reason: str) -> None:
        """No connection is left: all that wait were not sent, for a reason that is the route's."""
        log.warning("smtp_route_failed", stage=stage, code=code, waiting=len(self._waiting))
        while self._waiting:
            self.report(lost(self._waiting.popleft(), stage, reason, code=code))

    def raise_failure(self) -> None:
        """Raise what `before_content` raised, once every message is accounted for."""
        if self._failure is not None:
            raise self._failure

    def end(self) -> None:
        """Begin nothing more; nobody listens any longer."""
        self._waiting.clear()

    def known(self) -> Iterator[Outcome]:
        """Yield the outcomes not yielded before."""
        while self._outcomes:
            self._untold.clear()
            yield self._outcomes.popleft()

    def _asked(self, message: OutgoingMessage) -> bool:
        known, self._untold = self._untold, []
        try:
            return self._before_content((message,), known)
        except Exception as error:  # noqa: BLE001 - raised again by raise_failure
            # Raised through the connections it would be taken for a fault of the network.
            self._failure = error
            return False
