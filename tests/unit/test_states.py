"""The one table of what may follow what: complete, and nothing leaves an end."""

import itertools

import pytest

from service.ledger.state import (
    CLAIMABLE,
    OPEN,
    TERMINAL,
    DeliveryState,
    SkipReason,
    may_come_from,
    may_follow,
)

State = DeliveryState
PAIRS = {
    (State.PLANNED, State.SENDING),
    (State.PLANNED, State.SUPPRESSED),
    (State.PLANNED, State.CANCELLED),
    (State.PLANNED, State.FAILED),
    (State.PLANNED, State.EXPIRED),
    (State.PLANNED, State.IN_DOUBT),
    (State.DEFERRED, State.SENDING),
    (State.DEFERRED, State.SUPPRESSED),
    (State.DEFERRED, State.CANCELLED),
    (State.DEFERRED, State.FAILED),
    (State.DEFERRED, State.EXPIRED),
    (State.DEFERRED, State.IN_DOUBT),
    (State.SENDING, State.ACCEPTED),
    (State.SENDING, State.DEFERRED),
    (State.SENDING, State.FAILED),
    (State.SENDING, State.IN_DOUBT),
    (State.SENDING, State.PLANNED),
    (State.IN_DOUBT, State.ACCEPTED),
    (State.IN_DOUBT, State.FAILED),
    (State.IN_DOUBT, State.DEFERRED),
    (State.IN_DOUBT, State.PLANNED),
    (State.IN_DOUBT, State.UNKNOWN),
}


@pytest.mark.parametrize("before", State)
def test_only_what_the_ledger_promises_may_follow(before: State):
    following = {after for after in State if may_follow(after, before)}
    assert following == {after for first, after in PAIRS if first is before}


def test_the_guard_of_an_update_is_the_same_table_read_backwards():
    for before, after in itertools.product(State, State):
        assert (before in may_come_from(after)) == may_follow(after, before)


def test_every_state_is_open_or_an_end():
    assert set(State) == OPEN | TERMINAL
    assert not OPEN & TERMINAL


@pytest.mark.parametrize("end", sorted(TERMINAL))
def test_nothing_follows_an_end(end: State):
    assert not any(may_follow(state, end) for state in State)


def test_the_ends_are_those_the_equation_counts():
    assert {
        State.ACCEPTED,
        State.FAILED,
        State.SUPPRESSED,
        State.CANCELLED,
        State.EXPIRED,
        State.UNKNOWN,
        State.SKIPPED,
    } == TERMINAL


@pytest.mark.parametrize("start", sorted(OPEN))
def test_from_every_open_state_an_end_can_be_reached(start: State):
    reached, waiting = set(), [start]
    while waiting:
        state = waiting.pop()
        reached.add(state)
        waiting += [after for after in State if may_follow(after, state) and after not in reached]
    assert reached & TERMINAL


def test_what_may_have_been_sent_is_never_sent_again_without_proof():
    assert State.SENDING not in CLAIMABLE
    assert State.IN_DOUBT not in CLAIMABLE
    assert not may_follow(State.SENDING, State.IN_DOUBT)
    assert may_come_from(State.SENDING) == [State.PLANNED, State.DEFERRED]


def test_what_may_have_been_sent_is_never_called_unsent_for_want_of_time():
    for state in (State.EXPIRED, State.CANCELLED, State.SUPPRESSED):
        assert set(may_come_from(state)) == CLAIMABLE


def test_a_skip_comes_from_nothing_and_goes_nowhere():
    assert may_come_from(State.SKIPPED) == []


def test_every_word_fits_its_column():
    assert max(len(state) for state in State) <= 12
    assert max(len(reason) for reason in SkipReason) <= 40
