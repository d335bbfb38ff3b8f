"""Static vectors: the mean of what each word piece means, from the weights the wheel carries.

Only the files of the package `wordllama` are used. Its own code sets up logging for the whole
process when it is imported, and asks the network for a tokenizer that lies beside the weights.
"""

import importlib.util
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file
from tokenizers import Tokenizer

from service.errors import ConfigurationError
from service.insights.understanding.text_model import Vectors, readable, unit_rows

_PACKAGE = "wordllama"
_WEIGHTS = Path("weights", "l2_supercat_256.safetensors")
_TOKENIZER = Path("tokenizers", "l2_supercat_tokenizer_config.json")


class StaticModel:
    """Reads a paragraph in a tenth of a millisecond; knows English, and little else."""

    name = "wordllama-256"

    def __init__(self) -> None:
        """Read the weights, 16 MB; raise `ConfigurationError` when the package is not whole."""
        folder = _folder()
        try:
            self._tokenizer = Tokenizer.from_file(str(folder / _TOKENIZER))
            (self._weights,) = load_file(folder / _WEIGHTS).values()
        except (OSError, ValueError) as error:
            raise ConfigurationError(f"the package {_PACKAGE} is not whole: {error}") from error
        self.version = version(_PACKAGE)
        self.size = int(self._weights.shape[1])

    def vectors(self, texts: Sequence[str]) -> Vectors:
        found = np.zeros((len(texts), self.size), dtype=np.float32)
        for row, text in enumerate(texts):
            # one by one: in a batch the tokenizer starts threads, which no forked worker survives
            pieces = self._tokenizer.encode(readable(text), add_special_tokens=False).ids
            if pieces:
                found[row] = self._weights[pieces].mean(axis=0, dtype=np.float32)
        return unit_rows(found)


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
