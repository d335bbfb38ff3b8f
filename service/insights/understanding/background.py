"""How rare words and runs of letters are, from a fixed background that never changes by itself.

Rarity must not be counted on the day's insights: where all speak of one matter, its words would
weigh nothing, and two runs of one import would judge differently. `background.npz` is made by
`python -m benchmarks.background` from our own texts; a new one is a new version of everything
that was computed with it.
"""

import zlib
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

VERSION = "1"
FILE = Path(__file__).parent / "background.npz"


class Rarity(NamedTuple):
    """Names as numbers, in order, each with its weight; what is not among them is rarest."""

    names: npt.NDArray[np.uint32]
    weights: npt.NDArray[np.float32]
    rarest: float

    def of(self, wanted: npt.NDArray[np.uint32]) -> npt.NDArray[np.float32]:
        """Return the weight of each of `wanted`."""
        places = np.minimum(np.searchsorted(self.names, wanted), len(self.names) - 1)
        found: npt.NDArray[np.float32] = np.where(
            self.names[places] == wanted, self.weights[places], np.float32(self.rarest)
        )
        return found

    def of_one(self, wanted: int) -> float:
        """Return the weight of one."""
        number = np.uint32(wanted)
        place = int(self.names.searchsorted(number))
        if place < len(self.names) and self.names[place] == number:
            return float(self.weights[place])
        return float(np.float32(self.rarest))


class Background(NamedTuple):
    """Both scales."""

    words: Rarity
    grams: Rarity


def number_of(name: str) -> int:
    """Return the 32-bit number a word or a run of letters goes by; the same in every process."""
    return zlib.crc32(name.encode("utf-8"))


@cache
def background() -> Background:
    """Read the file once a process."""
    with np.load(FILE) as stored:
        return Background(*(_rarity(stored, kind) for kind in ("words", "grams")))


def _rarity(stored: "np.lib.npyio.NpzFile", kind: str) -> Rarity:
    counts = stored[f"{kind}_counts"].astype(np.float64)
    documents = float(stored["documents"])
    weights = np.log((1 + documents) / (1 + counts)) + 1
    return Rarity(
        stored[f"{kind}_names"], weights.astype(np.float32), float(np.log(1 + documents) + 1)
    )
