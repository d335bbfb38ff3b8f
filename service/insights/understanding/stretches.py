"""Many stretches of one long column, looked at together. Pure."""

import numpy as np
import numpy.typing as npt

Ids = npt.NDArray[np.int64]


def places_of(starts: Ids, lengths: Ids) -> Ids:
    """Return all places of stretches, one stretch after the other."""
    ends = np.cumsum(lengths)
    total = int(ends[-1]) if len(ends) else 0
    places: Ids = np.repeat(starts - ends + lengths, lengths) + np.arange(total)
    return places
