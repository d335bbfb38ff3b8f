"""The mail server of a chaos run, in a process of its own: `python -m tests.chaos.sink`.

It writes each message it takes to the truth file before it answers for it.
"""

import argparse
import signal
import threading
from pathlib import Path

from tests.chaos.faults import FaultPlan
from tests.factories.smtp_sink import SmtpSink


class ForgetfulSink(SmtpSink):
    """Keeps the truth in its file only, and nothing in memory."""

    def fault_at(self, stage: str, connection: int):
        if stage == "mail":
            self.commands.clear()
            self.taken.clear()
        return super().fault_at(stage, connection)


def main() -> None:
    """Serve until SIGTERM."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--truth", type=Path, required=True)
    parser.add_argument("--log", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--rate", type=float, default=0.0)
    parser.add_argument("--latency", type=float, default=0.0)
    parser.add_argument("--only-stage", default="")
    words = parser.parse_args()
    plan = FaultPlan(
        seed=words.seed,
        rate=words.rate,
        latency=words.latency,
        log=words.log,
        only_stage=words.only_stage,
    )
    ended = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    with ForgetfulSink(port=words.port, truth=words.truth, keep_content=False, script=plan):
        ended.wait()


if __name__ == "__main__":
    main()
