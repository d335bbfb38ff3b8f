"""Whole numbers looked up in small tables, where sorting and searching would cost more. Pure."""

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
_LARGEST_TABLE = 200_000


def places(keys: Ints, wanted: Ints) -> Ints:
    """Return where each of `wanted` stands among `keys`; -1 is nowhere."""
    if not len(keys):
        return np.full(len(wanted), -1)
    first, last = int(keys.min()), int(keys.max())
    if last - first < _LARGEST_TABLE:  # numbers that lie close are looked up, not searched for
        table = np.full(last - first + 2, -1)
        table[keys - first] = np.arange(len(keys))
        inside = (wanted >= first) & (wanted <= last)
        return table[np.where(inside, wanted - first, last - first + 1)]
    order = np.argsort(keys)
    found = order[np.minimum(np.searchsorted(keys, wanted, sorter=order), len(keys) - 1)]
    at: Ints = np.where(keys[found] == wanted, found, -1)
    return at


def distinct(numbers: Ints) -> tuple[Ints, Ints]:
    """Return the different ones of `numbers`, none below 0, rising, and where each stands."""
    last = int(numbers.max(initial=-1))
    if last >= _LARGEST_TABLE:
        found, place = np.unique(numbers, return_inverse=True)
        return found, place.reshape(numbers.shape)
    there = np.zeros(last + 1, dtype=bool)
    there[numbers] = True
    used = np.flatnonzero(there)
    table = np.empty(last + 1, dtype=np.int64)
    table[used] = np.arange(len(used))
    return used, table[numbers]
