"""The rule that turns deeds into weights."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.feedback.models import Deed
from service.feedback.weights import FOLLOWED, NOT_FOLLOWED, learned, start_of, weight

deeds = st.lists(st.sampled_from(list(Deed)), max_size=40)


@given(st.sampled_from([FOLLOWED, NOT_FOLLOWED]), deeds)
def test_where_a_topic_started_is_found_again_from_its_weight(start, done):
    added = learned(done)
    stored = weight(start, added)
    kept = None if start == NOT_FOLLOWED and stored == 0 else stored
    assert start_of(kept, added) == start


@given(deeds)
def test_what_was_asked_for_never_weighs_less_than_what_was_inferred(done):
    assert weight(FOLLOWED, learned(done)) >= weight(NOT_FOLLOWED, learned(done))


@pytest.mark.parametrize(
    ("done", "followed", "not_followed"),
    [
        ([], 1.0, 0.0),
        ([Deed.UP], 1.25, 0.25),
        ([Deed.MORE, Deed.SAVE], 1.75, 0.75),
        ([Deed.DOWN], 0.75, 0.0),
        ([Deed.DOWN] * 9, 0.0, 0.0),
        ([Deed.MORE] * 9, 3.0, 2.0),
    ],
)
def test_each_deed_adds_its_step_within_the_limits(done, followed, not_followed):
    assert weight(FOLLOWED, learned(done)) == followed
    assert weight(NOT_FOLLOWED, learned(done)) == not_followed
