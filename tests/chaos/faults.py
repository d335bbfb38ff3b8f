"""The seeded faults of the mail server: which message fails, at which stage, and how."""

import os
import random
from dataclasses import dataclass, field
from pathlib import Path

from tests.factories.smtp_faults import (
    Fault,
    answer,
    closing,
    drop,
    garbage,
    reset,
    silence,
    slow,
    split,
    take_then_drop,
)

LATE_SECONDS = 1.0  # well inside the divided wait after the dot
MANY = 1_000_000

# stage, what happens, how often at most in one run
OF_A_MESSAGE: tuple[tuple[str, Fault, int], ...] = (
    ("mail", answer(451, "4.3.0 try again"), MANY),
    ("mail", closing(), MANY),
    ("mail", drop(), MANY),
    ("rcpt", answer(450, "4.2.0 greylisted\ntry again in a while"), MANY),
    ("rcpt", answer(452, "4.2.2 mailbox full"), MANY),
    ("rcpt", answer(550, "5.1.1 nobody here"), MANY),
    ("rcpt", split(), MANY),
    ("data", answer(451, "4.3.1 no room"), MANY),
    ("data", drop(), MANY),
    ("data", reset(), MANY),
    ("body", drop(), MANY),
    ("body", reset(), MANY),
    ("dot", answer(451, "4.3.2 not now"), MANY),
    ("dot", answer(554, "5.6.0 will not have it"), MANY),
    ("dot", drop(), MANY),
    ("dot", take_then_drop(), MANY),
    ("dot", Fault(take=True, reset=True), MANY),
    ("dot", Fault(reply=b"250 2.0.0 ok\r\n", take=True, reset=True), MANY),
    ("dot", garbage(b"ok, thanks\r\n"), MANY),
    ("dot", split(), MANY),
    ("dot", slow(LATE_SECONDS), 10),  # a whole wave waits for each of these two
    ("dot", silence(), 2),
)
OF_A_CONNECTION: tuple[tuple[str, Fault], ...] = (
    ("connect", drop()),
    ("greeting", answer(421, "4.3.2 too busy", drop=True)),
    ("greeting", drop()),
    ("ehlo", answer(421, "4.3.2 too busy", drop=True)),
    ("ehlo", reset()),
)


@dataclass
class FaultPlan:
    """A script for the sink: `rate` of the messages, and of the connections, meet a fault.

    What happened goes into `log`, a line a fault, so that the audit knows which doubts were made on
    purpose.
    """

    seed: int
    rate: float
    latency: float  # seconds before each final reply, so that there is something in flight
    log: Path
    only_stage: str = ""  # "": all
    _left: list[int] = field(default_factory=lambda: [most for _, _, most in OF_A_MESSAGE])
    _planned: dict[int, tuple[str, Fault]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._chance = random.Random(self.seed)
        self._file = os.open(self.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def __call__(self, stage: str, connection: int) -> Fault | None:
        if stage == "connect" and not self.only_stage and self._happens():
            self._planned[connection] = self._chance.choice(OF_A_CONNECTION)
        elif stage == "mail" and self._happens():
            self._plan_message(connection)
        planned = self._planned.get(connection)
        if planned is not None and planned[0] == stage:
            del self._planned[connection]
            self._note(stage, planned[1])
            return planned[1]
        return slow(self.latency) if stage == "dot" and self.latency else None

    def _happens(self) -> bool:
        return self._chance.random() < self.rate

    def _plan_message(self, connection: int) -> None:
        possible = [
            number
            for number, (stage, fault, _) in enumerate(OF_A_MESSAGE)
            if self._left[number] and self._is_wanted(stage, fault)
        ]
        number = self._chance.choice(possible)
        self._left[number] -= 1
        self._planned[connection] = OF_A_MESSAGE[number][:2]

    def _is_wanted(self, stage: str, fault: Fault) -> bool:
        if not self.only_stage:
            return True
        return stage == self.only_stage and not fault.silent  # a small load is soon over

    def _note(self, stage: str, fault: Fault) -> None:
        kind = "doubt" if may_leave_doubt(stage, fault) else "known"
        os.write(self._file, f"{stage} {kind}\n".encode())


def may_leave_doubt(stage: str, fault: Fault) -> bool:
    """Whether the sender cannot know: the line broke, or no sense came, once it had begun."""
    ends = fault.drop or fault.reset or fault.silent
    makes_no_sense = fault.reply is not None and not fault.reply[:3].isdigit()
    return stage in ("body", "dot") and (ends or makes_no_sense)
