"""A transport that keeps what it was given: for tests of what stands around a hand-over."""

from collections.abc import Callable, Iterator, Sequence

from service.rendering.message import OutgoingMessage
from service.sending.outcome import BeforeContent, Blame, Outcome, Verdict

Script = Callable[[OutgoingMessage], Outcome | None]


class MemoryTransport:
    """Accepts everything, unless `script` returns another outcome for a message."""

    name = "memory"

    def __init__(self, script: Script = lambda _message: None) -> None:
        self.script = script
        self.taken: list[OutgoingMessage] = []
        self.waves: list[int] = []

    @property
    def recipients(self) -> list[str]:
        return [message.recipient for message in self.taken]

    def hand_over(
        self, messages: Sequence[OutgoingMessage], *, before_content: BeforeContent
    ) -> Iterator[Outcome]:
        self.waves.append(len(messages))
        may_begin = True
        for message in messages:
            may_begin = may_begin and before_content([message], ())
            if not may_begin:
                yield outcome(message, Verdict.NOT_BEGUN)
                continue
            scripted = self.script(message)
            if scripted is None:
                self.taken.append(message)
                scripted = outcome(message, Verdict.ACCEPTED, provider_id="memory-1")
            yield scripted

    def close(self) -> None:
        self.taken.clear()


def outcome(
    message: OutgoingMessage,
    verdict: Verdict,
    *,
    blame: Blame | None = None,
    provider_id: str | None = None,
    reply: str = "",
) -> Outcome:
    return Outcome(
        delivery_id=message.delivery_id,
        attempt=message.attempt,
        verdict=verdict,
        stage="memory",
        blame=blame,
        provider_id=provider_id,
        reply=reply,
    )
