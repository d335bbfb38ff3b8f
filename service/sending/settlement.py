"""From an outcome to what is written on the row. Pure."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from service.ledger.state import DeliveryState
from service.sending.outcome import Blame, Outcome, Verdict
from service.sending.retry import next_try

_STATES = {
    Verdict.ACCEPTED: DeliveryState.ACCEPTED,
    Verdict.DEFERRED: DeliveryState.DEFERRED,
    Verdict.FAILED: DeliveryState.FAILED,
    Verdict.IN_DOUBT: DeliveryState.IN_DOUBT,
    Verdict.NOT_BEGUN: DeliveryState.PLANNED,
}


@dataclass(slots=True, kw_only=True)  # not frozen: that would double what making one costs
class Settlement:
    """The new values of one delivery's row."""

    delivery_id: int
    state: DeliveryState
    reason: str | None
    attempt: int
    code: int | None
    reply: str | None
    provider_id: str | None
    next_at: dt.datetime
    settled_at: dt.datetime | None
    suppresses: bool


def settlement_of(
    outcome: Outcome, *, now: dt.datetime, chance: float, steps: Sequence[float]
) -> Settlement:
    """Return what becomes of a delivery; `chance` (0 to 1) and `steps` make the next try."""
    state = _STATES[outcome.verdict]
    ended = state is DeliveryState.ACCEPTED or state is DeliveryState.FAILED
    next_at = now
    if state is DeliveryState.DEFERRED:
        next_at = next_try(
            attempt=outcome.attempt,
            now=now,
            chance=chance,
            steps=steps,
            hint_seconds=outcome.retry_after_seconds,
        )
    not_begun = outcome.verdict is Verdict.NOT_BEGUN
    return Settlement(
        delivery_id=outcome.delivery_id,
        state=state,
        reason=_reason(outcome),
        attempt=outcome.attempt - 1 if not_begun else outcome.attempt,  # it burned no attempt
        code=outcome.code,
        reply=_reply(outcome),
        provider_id=outcome.provider_id,
        next_at=next_at,
        settled_at=now if ended else None,
        suppresses=state is DeliveryState.FAILED and outcome.blame is Blame.ADDRESS,
    )


def _reason(outcome: Outcome) -> str | None:
    if outcome.verdict in (Verdict.ACCEPTED, Verdict.NOT_BEGUN):
        return None
    blame = outcome.blame.value if outcome.blame else "cut"
    return f"{blame}_at_{outcome.stage}"[:40]


def _reply(outcome: Outcome) -> str | None:
    return outcome.reply or None
