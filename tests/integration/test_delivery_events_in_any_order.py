"""Reports that come twice, late or in any order leave the same state behind."""

import itertools

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.factories.postmark_reports import NAMES, about, report
from tests.factories.told import AGAIN, Told, make_told


@pytest.fixture
def told(database, clock) -> Told:
    return make_told(database, clock)


def test_all_orders_of_a_bounce_its_lifting_and_the_next_one_end_the_same(told):
    reports = [
        report("bounce_hard"),
        report("suppressed_hard_bounce"),
        report("reactivated"),
        report("suppressed_hard_bounce", **AGAIN),
        report("delivery"),
    ]
    outcomes = [told.outcome_of(list(order)) for order in itertools.permutations(reports)]
    assert all(outcome == outcomes[0] for outcome in outcomes)
    assert "bounced" in repr(outcomes[0])


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.data())
def test_any_reports_in_any_order_and_number_end_the_same(told, data):
    variants = [report(name) for name in NAMES] + [
        report("suppressed_hard_bounce", **AGAIN),
        report("suppressed_by_hand", **AGAIN),
        about("delivery", 2, Recipient="reader1@example.org"),
        about("spam_complaint", 2, Email="reader1@example.org", ID=43),
    ]
    chosen = data.draw(st.lists(st.sampled_from(variants), min_size=2, max_size=6))
    order = data.draw(st.permutations(chosen + chosen[:2]))
    assert told.outcome_of(chosen) == told.outcome_of(list(order))
