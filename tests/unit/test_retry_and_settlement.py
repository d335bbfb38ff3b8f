"""What an outcome does to a row, and when a deferred one comes back."""

import datetime as dt
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.ledger.state import TERMINAL, DeliveryState, may_follow
from service.sending.outcome import Blame, Outcome, Verdict
from service.sending.retry import JITTER
from service.sending.retry import next_try as next_try_by
from service.sending.settlement import Settlement, settlement_of
from service.setting_groups import TimingSettings

STEPS = TimingSettings().retry_steps
STEPS_MINUTES = [seconds / 60 for seconds in STEPS]
next_try = partial(next_try_by, steps=STEPS)

NOW = dt.datetime(2026, 11, 22, 7, 0, tzinfo=dt.UTC)
chances = st.floats(0, 1)


def outcome(verdict: Verdict, **changes: object) -> Outcome:
    values: dict[str, object] = {
        "delivery_id": 7,
        "attempt": 2,
        "verdict": verdict,
        "stage": "rcpt",
        "blame": Blame.MAILBOX,
        "code": 450,
        "reply": "4.2.2 full",
    }
    return Outcome(**(values | changes))  # type: ignore[arg-type]  # each test names its own


def settled(verdict: Verdict, *, chance: float = 0.5, **changes: object) -> Settlement:
    return settlement_of(outcome(verdict, **changes), now=NOW, chance=chance, steps=STEPS)


def minutes_until(moment: dt.datetime) -> float:
    return (moment - NOW).total_seconds() / 60


@pytest.mark.parametrize(("attempt", "minutes"), [*enumerate(STEPS_MINUTES, 1), (6, 60), (99, 60)])
def test_each_try_waits_longer_and_the_last_step_repeats(attempt: int, minutes: int):
    assert minutes_until(next_try(attempt=attempt, now=NOW, chance=0.5)) == minutes


@given(st.integers(1, 40), chances)
def test_a_thousand_deferred_briefs_do_not_come_back_at_once(attempt, chance):
    step = STEPS_MINUTES[min(attempt, len(STEPS_MINUTES)) - 1]
    waits = minutes_until(next_try(attempt=attempt, now=NOW, chance=chance))
    assert step * (1 - JITTER) - 0.001 <= waits <= step * (1 + JITTER) + 0.001


@given(st.integers(1, 9), chances, st.floats(0, 86_400))
def test_the_other_sides_hint_is_never_undercut(attempt, chance, hint):
    moment = next_try(attempt=attempt, now=NOW, chance=chance, hint_seconds=hint)
    assert moment >= NOW + dt.timedelta(seconds=hint)
    assert moment >= next_try(attempt=attempt, now=NOW, chance=chance)


def test_an_attempt_of_none_is_treated_as_the_first():
    assert minutes_until(next_try(attempt=0, now=NOW, chance=0.5)) == 1


@pytest.mark.parametrize(
    ("verdict", "state"),
    [
        (Verdict.ACCEPTED, DeliveryState.ACCEPTED),
        (Verdict.DEFERRED, DeliveryState.DEFERRED),
        (Verdict.FAILED, DeliveryState.FAILED),
        (Verdict.IN_DOUBT, DeliveryState.IN_DOUBT),
        (Verdict.NOT_BEGUN, DeliveryState.PLANNED),
    ],
)
def test_every_verdict_leads_to_one_state_that_may_follow_sending(verdict, state):
    assert settled(verdict).state is state
    assert may_follow(state, DeliveryState.SENDING)


@pytest.mark.parametrize("verdict", Verdict)
def test_only_an_end_has_the_moment_at_which_it_ended(verdict: Verdict):
    done = settled(verdict)
    assert (done.settled_at == NOW) == (done.state in TERMINAL)
    assert (done.settled_at is None) == (done.state not in TERMINAL)


def test_what_was_not_begun_burns_no_attempt_and_may_go_at_once():
    done = settled(Verdict.NOT_BEGUN, attempt=3)
    assert done.attempt == 2
    assert done.next_at == NOW
    assert done.reason is None


@pytest.mark.parametrize("verdict", [v for v in Verdict if v is not Verdict.NOT_BEGUN])
def test_everything_else_counts_its_attempt(verdict: Verdict):
    assert settled(verdict, attempt=3).attempt == 3


def test_only_what_is_deferred_waits():
    assert settled(Verdict.DEFERRED, attempt=2).next_at == NOW + dt.timedelta(minutes=5)
    for verdict in set(Verdict) - {Verdict.DEFERRED}:
        assert settled(verdict).next_at == NOW


def test_a_retry_after_reaches_the_row():
    done = settled(Verdict.DEFERRED, attempt=1, retry_after_seconds=7_200.0)
    assert minutes_until(done.next_at) == 120


@pytest.mark.parametrize("verdict", Verdict)
@pytest.mark.parametrize("blame", [None, *Blame])
def test_only_an_address_refused_for_good_is_suppressed(verdict: Verdict, blame: Blame | None):
    expected = verdict is Verdict.FAILED and blame is Blame.ADDRESS
    assert settled(verdict, blame=blame).suppresses is expected


def test_the_reason_says_whose_fault_and_where():
    assert settled(Verdict.FAILED, blame=Blame.ADDRESS).reason == "address_at_rcpt"
    assert settled(Verdict.IN_DOUBT, blame=None, stage="dot").reason == "cut_at_dot"
    assert settled(Verdict.ACCEPTED).reason is None


def test_the_other_sides_own_words_are_kept():
    done = settled(Verdict.ACCEPTED, code=250, reply="2.0.0 queued as 4Z", provider_id="4Z")
    assert (done.code, done.reply, done.provider_id) == (250, "2.0.0 queued as 4Z", "4Z")
    assert settled(Verdict.ACCEPTED, reply="").reply is None


@pytest.mark.parametrize("blame", [None, *Blame])
def test_a_reason_fits_its_column(blame: Blame | None):
    reason = settled(
        Verdict.FAILED, blame=blame, stage="a stage with a very long name indeed"
    ).reason
    assert reason is not None
    assert len(reason) <= 40
