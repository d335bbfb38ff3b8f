"""A route that is down is left alone for a while; a wave holds two seconds' worth."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.sending.breaker import Breaker
from service.sending.outcome import Blame, Outcome, Verdict
from service.sending.pace import LARGEST_WAVE, WAVE_AIM_SECONDS, Pace


def outcome(verdict: Verdict, blame: Blame | None = None) -> Outcome:
    return Outcome(delivery_id=1, attempt=1, verdict=verdict, stage="connect", blame=blame)


ACCEPTED = outcome(Verdict.ACCEPTED)
ROUTE_DOWN = outcome(Verdict.DEFERRED, Blame.ROUTE)
FULL = outcome(Verdict.DEFERRED, Blame.MAILBOX)


def test_a_new_breaker_lets_everything_through():
    assert not Breaker().is_open(0.0)


def test_a_route_that_failed_is_left_alone_and_then_tried_again():
    breaker = Breaker()
    breaker.saw([ROUTE_DOWN], now=100.0)
    assert breaker.is_open(100.0)
    assert breaker.is_open(100.0 + Breaker().first_pause - 0.001)
    assert not breaker.is_open(100.0 + Breaker().first_pause)


def test_each_failure_in_a_row_doubles_the_pause_up_to_two_minutes():
    breaker, pauses = Breaker(), []
    for _ in range(8):
        breaker.saw([ROUTE_DOWN], now=0.0)
        pauses.append(breaker.open_until)
    assert pauses == [5, 10, 20, 40, 80, 120, 120, 120]
    assert pauses[-1] == Breaker().longest_pause


def test_days_of_failure_are_still_a_pause_of_two_minutes():
    breaker = Breaker()
    for _ in range(800):
        breaker.saw([ROUTE_DOWN], now=0.0)
    assert breaker.open_until == Breaker().longest_pause


def test_success_forgets_the_failures():
    breaker = Breaker()
    breaker.saw([ROUTE_DOWN], now=0.0)
    breaker.saw([ACCEPTED], now=50.0)
    breaker.saw([ROUTE_DOWN], now=100.0)
    assert breaker.open_until == 100.0 + Breaker().first_pause


@pytest.mark.parametrize("others", [[ACCEPTED], [ACCEPTED, FULL], [FULL, ACCEPTED]])
def test_a_wave_in_which_something_got_through_does_not_open_it(others: list[Outcome]):
    breaker = Breaker()
    breaker.saw([ROUTE_DOWN, *others, ROUTE_DOWN], now=0.0)
    assert not breaker.is_open(0.0)


@pytest.mark.parametrize("blame", [blame for blame in Blame if blame is not Blame.ROUTE])
@pytest.mark.parametrize("verdict", [Verdict.DEFERRED, Verdict.FAILED])
def test_a_refused_person_is_no_fault_of_the_route(verdict: Verdict, blame: Blame):
    breaker = Breaker()
    breaker.saw([outcome(verdict, blame)] * 20, now=0.0)
    assert not breaker.is_open(0.0)


def test_a_wave_of_nothing_teaches_nothing():
    breaker, pace = Breaker(failures=3, open_until=9.0), Pace(per_second=10.0)
    breaker.saw([], now=0.0)
    pace.took(0, 4.0)
    assert (breaker.failures, breaker.open_until, pace.per_second) == (3, 9.0, 10.0)


def test_the_first_wave_holds_one_and_the_next_two_seconds_worth():
    pace = Pace()
    assert pace.wave_size() == 1
    pace.took(1, 0.05)
    assert pace.wave_size() == 40


def test_the_rate_follows_half_way_at_each_wave():
    pace = Pace(per_second=100.0)
    pace.took(10, 1.0)
    assert pace.per_second == 55.0
    pace.took(10, 1.0)
    assert pace.per_second == 32.5


@given(st.lists(st.tuples(st.integers(0, 500), st.floats(0, 700)), max_size=30))
def test_whatever_was_measured_a_wave_has_one_to_two_hundred(waves):
    pace = Pace()
    for messages, seconds in waves:
        pace.took(messages, seconds)
        assert 1 <= pace.wave_size() <= LARGEST_WAVE


@given(st.floats(0.6, 95))
def test_at_a_steady_rate_a_wave_takes_about_two_seconds(per_second):
    pace = Pace()
    for _ in range(5):
        pace.took(20, 20 / per_second)
    assert abs(pace.wave_size() / per_second - WAVE_AIM_SECONDS) <= 0.5 / per_second + 0.001
