"""Numbers found in a table are found as sorting would find them, however far apart they lie."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.selection.numbers import distinct, places

WIDE = st.sampled_from([5, 100, 10**12])


@st.composite
def numbers(draw: st.DrawFn) -> np.ndarray:
    return np.array(draw(st.lists(st.integers(0, draw(WIDE)), max_size=30)), dtype=np.int64)


@given(numbers())
def test_the_different_ones_and_where_each_stands_give_the_numbers_back(found: np.ndarray):
    kinds, place = distinct(found)
    assert kinds.tolist() == sorted(set(found.tolist()))
    assert np.array_equal(kinds[place] if len(kinds) else found, found)


@given(numbers(), numbers())
def test_a_number_stands_where_its_key_is_and_nowhere_without_one(
    keys: np.ndarray, wanted: np.ndarray
):
    keys = np.unique(keys)[::-1]
    at = {key: place for place, key in enumerate(keys.tolist())}
    assert places(keys, wanted).tolist() == [at.get(number, -1) for number in wanted.tolist()]


@pytest.mark.parametrize("shape", [(2, 3), (0, 4)])
def test_the_shape_of_what_is_looked_up_stays(shape: tuple[int, int]):
    assert distinct(np.zeros(shape, dtype=np.int64))[1].shape == shape
