"""The one interface of every model of text: texts in, unit vectors out. Pure."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Protocol

import numpy as np
import numpy.typing as npt

Vectors = npt.NDArray[np.float32]
LONGEST_READ = 4_000  # characters; what comes after adds time and says little new


class ModelChoice(StrEnum):
    """What may be set; see `load_text_model`."""

    AUTO = "auto"  # the best of those below that is there: wordllama, else lexical
    WORDLLAMA = "wordllama"  # static vectors of English word pieces
    LEXICAL = "lexical"  # the letters alone: any language, no model
    MINILM = "minilm"  # a small transformer; its weights lie in a folder that is named


class TextModel(Protocol):
    """Tells texts that are about the same from others; vectors of two models never compare."""

    name: str
    version: str
    size: int

    def __hash__(self) -> int: ...  # one object a process, see `load_text_model`

    def vectors(self, texts: Sequence[str]) -> Vectors:
        """Return (N, size): unit rows; zeros for a text in which the model can read nothing."""
        ...


def readable(text: str) -> str:
    """Return the part of `text` that is read, without halves of characters."""
    return text[:LONGEST_READ].strip().encode("utf-8", "replace").decode("utf-8")


def unit_rows(matrix: npt.NDArray[np.floating]) -> Vectors:
    """Return the rows at length one; a row of zeros stays as it is."""
    lengths = np.sqrt(np.einsum("ij,ij->i", matrix, matrix, dtype=np.float64))
    lengths[lengths < np.finfo(np.float32).tiny] = 1.0
    rows: Vectors = (matrix / lengths[:, None]).astype(np.float32)
    return rows
