"""Static vectors: the mean of what each word piece means, from the weights the wheel carries.

Only the files of the package `wordllama` are used. Its own code sets up logging for the whole
process when it is imported, and asks the network for a tokenizer that lies beside the weights.
"""

import importlib.util
import json
from collections.abc import Sequence
from functools import cached_property
from importlib.metadata import version
from pathlib import Path

import numpy as np

from service.errors import ConfigurationError
from service.insights.understanding.text_model import Vectors, readable, unit_rows
from service.insights.understanding.word_pieces import WordPieces

_PACKAGE = "wordllama"
_WEIGHTS = Path("weights", "l2_supercat_256.safetensors")
_TOKENIZER = Path("tokenizers", "l2_supercat_tokenizer_config.json")


class StaticModel:
    """Reads a paragraph in a tenth of a millisecond; knows English, and little else."""

    name = "wordllama-256"

    def __init__(self) -> None:
        """Open the weights; raise `ConfigurationError` when the package is not whole."""
        folder = _folder()
        try:
            self._weights = _open_weights(folder / _WEIGHTS)
            if not (folder / _TOKENIZER).is_file():
                raise FileNotFoundError(folder / _TOKENIZER)
        except (OSError, ValueError, KeyError) as error:
            raise _not_whole(error) from error
        self.version = version(_PACKAGE)
        self.size = int(self._weights.shape[1])

    @cached_property
    def _pieces(self) -> WordPieces:
        """Loaded for the first text: pages that only show what was read need not hold it."""
        from tokenizers import Tokenizer  # noqa: PLC0415 - see above

        try:
            return WordPieces(Tokenizer.from_file(str(_folder() / _TOKENIZER)))
        except Exception as error:  # it raises nothing narrower for a file it cannot read
            raise _not_whole(error) from error

    def vectors(self, texts: Sequence[str]) -> Vectors:
        pieces = self._pieces.of([readable(text) for text in texts])
        numbers = np.array([number for found in pieces for number in found], dtype=np.intp)
        used, places = np.unique(numbers, return_inverse=True)
        weights = self._weights[used].astype(np.float32)
        found = np.zeros((len(texts), self.size), dtype=np.float32)
        end = 0
        for row, count in enumerate(map(len, pieces)):
            if count:
                start, end = end, end + count
                found[row] = weights[places[start:end]].sum(axis=0) / np.float32(count)
        return unit_rows(found)


def _open_weights(path: Path) -> Vectors:
    """Return the one table of a safetensors file without reading it.

    Of its 16 MB only the rows of words that are read come into memory, once for all processes.
    """
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        (table,) = json.loads(file.read(length)).values()
    if table["dtype"] != "F16":
        raise ValueError(f"{path} holds {table['dtype']}, not F16")
    start, _ = table["data_offsets"]
    shape = tuple(table["shape"])
    return np.asarray(np.memmap(path, np.dtype("<f2"), "r", offset=8 + length + start, shape=shape))


def _not_whole(error: Exception) -> ConfigurationError:
    return ConfigurationError(f"the package {_PACKAGE} is not whole: {error}")


def is_installed() -> bool:
    """Return whether the weights can be read."""
    try:
        folder = _folder()
    except ConfigurationError:
        return False
    return (folder / _WEIGHTS).is_file() and (folder / _TOKENIZER).is_file()


def _folder() -> Path:
    found = importlib.util.find_spec(_PACKAGE)
    if found is None or not found.submodule_search_locations:
        raise ConfigurationError(
            f"the package {_PACKAGE} is not installed: install it, or set PODBRIEF_TEXT_MODEL to "
            "lexical"
        )
    return Path(found.submodule_search_locations[0])
