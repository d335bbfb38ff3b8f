"""Every model of text keeps the same promises: unit rows, zeros for nothing, the same each time."""

import json
import logging
import time
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file
from tokenizers import Tokenizer
from tokenizers.models import WordPiece
from tokenizers.pre_tokenizers import Whitespace

from service.errors import ConfigurationError
from service.insights.understanding import load_model
from service.insights.understanding.load_model import load_text_model
from service.insights.understanding.minilm_model import MiniLmModel
from service.insights.understanding.text_model import ModelChoice, TextModel

CHEESE = "Raw milk cheese ripens faster in caves, because the moulds there are more varied."
CHEESE_AGAIN = "Caves ripen raw milk cheese faster: their moulds are more varied."
ORBIT = "A second antenna in low orbit halves the time a satellite needs to report a fault."


@pytest.fixture(params=["wordllama", "lexical", "minilm"])
def model(request: pytest.FixtureRequest, tmp_path: Path) -> TextModel:
    if request.param == "minilm":
        return MiniLmModel(tiny_bert(tmp_path))
    return load_text_model(ModelChoice(request.param))


def tiny_bert(folder: Path) -> Path:
    """Weights of a BERT of one layer, eight numbers wide, drawn by lot."""
    pieces = ["[UNK]", *{word.strip(".,:") for word in f"{CHEESE} {ORBIT}".split()}]
    vocabulary = {piece: place for place, piece in enumerate(sorted(pieces))}
    tokenizer = Tokenizer(WordPiece(vocabulary, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = Whitespace()
    tokenizer.save(str(folder / "tokenizer.json"))
    (folder / "config.json").write_text(
        json.dumps({"num_hidden_layers": 1, "num_attention_heads": 2, "hidden_size": 8})
    )
    chance = np.random.default_rng(7)
    shapes = {
        "embeddings.word_embeddings.weight": (len(vocabulary), 8),
        "embeddings.position_embeddings.weight": (64, 8),
        "embeddings.token_type_embeddings.weight": (2, 8),
        "encoder.layer.0.intermediate.dense.weight": (16, 8),
        "encoder.layer.0.intermediate.dense.bias": (16,),
        "encoder.layer.0.output.dense.weight": (8, 16),
        "encoder.layer.0.output.dense.bias": (8,),
    }
    for part in ("self.query", "self.key", "self.value", "output.dense"):
        shapes[f"encoder.layer.0.attention.{part}.weight"] = (8, 8)
        shapes[f"encoder.layer.0.attention.{part}.bias"] = (8,)
    for place in ("embeddings", "encoder.layer.0.attention.output", "encoder.layer.0.output"):
        shapes[f"{place}.LayerNorm.weight"] = shapes[f"{place}.LayerNorm.bias"] = (8,)
    weights = {name: chance.normal(size=shape).astype(np.float32) for name, shape in shapes.items()}
    save_file(weights, folder / "model.safetensors")
    return folder


def test_rows_have_length_one_and_nothing_gives_zeros(model: TextModel):
    found = model.vectors([CHEESE, "", ORBIT, "   "])
    assert found.shape == (4, model.size)
    assert found.dtype == np.float32
    assert np.linalg.norm(found, axis=1) == pytest.approx([1, 0, 1, 0], abs=1e-5)
    assert model.vectors([]).shape == (0, model.size)


def test_a_text_reads_the_same_alone_and_among_others(model: TextModel):
    alone = model.vectors([CHEESE])
    assert np.array_equal(alone[0], model.vectors([ORBIT, CHEESE])[1])


@pytest.mark.parametrize(
    "text",
    [
        "word " * 200_000,
        "x" * 1_000_000,
        "チーズは洞窟でより速く熟成する。",
        "Το τυρί ωριμάζει πιο γρήγορα στις σπηλιές.",
        "🧀🧀🧀",
        "\ud800 half a character",
        "\x00\x01\u202e",
        "!!! ... ???",
    ],
    ids=["long", "one word", "japanese", "greek", "emoji", "surrogate", "controls", "points"],
)
def test_long_foreign_and_hostile_texts_neither_stop_nor_spoil_anything(
    model: TextModel, text: str
):
    began = time.process_time()
    found = model.vectors([text, CHEESE])
    assert time.process_time() - began < 5
    assert np.isfinite(found).all()
    assert np.linalg.norm(found[0]) == pytest.approx(1, abs=1e-5) or not found[0].any()
    assert np.array_equal(found[1], model.vectors([CHEESE])[0])


@pytest.mark.parametrize("choice", [ModelChoice.WORDLLAMA, ModelChoice.LEXICAL])
def test_a_retelling_is_nearer_than_another_matter(choice: ModelChoice):
    told, again, other = load_text_model(choice).vectors([CHEESE, CHEESE_AGAIN, ORBIT])
    assert told @ again > 0.6
    assert told @ other < 0.4


def test_the_lexical_model_tells_languages_it_was_never_shown_apart():
    told, again, other = load_text_model(ModelChoice.LEXICAL).vectors(
        [
            "Сыр из сырого молока зреет в пещерах быстрее.",
            "В пещерах быстрее зреет сыр из молока.",
            "Вторая антенна на низкой орбите передаёт отказ вдвое раньше.",
        ]
    )
    assert told @ again > 0.5 > told @ other + 0.2


def test_static_vectors_see_meaning_where_no_word_is_shared():
    nurse, medic, truck = load_text_model(ModelChoice.WORDLLAMA).vectors(
        ["nurses at a hospital", "doctors in clinics", "diesel lorry engines"]
    )
    assert nurse @ medic > nurse @ truck + 0.2


def test_loading_leaves_the_logging_of_the_process_alone():
    before = (logging.root.level, list(logging.root.handlers))
    load_text_model.__wrapped__(ModelChoice.WORDLLAMA)
    assert (logging.root.level, list(logging.root.handlers)) == before


def test_auto_falls_back_to_letters_where_the_weights_are_missing(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(load_model, "is_installed", lambda: False)
    assert load_text_model.__wrapped__(ModelChoice.AUTO).name.startswith("lexical")


def test_minilm_without_weights_says_where_to_get_them(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(load_model, "installed_folder", lambda: None)
    with pytest.raises(ConfigurationError, match="PODBRIEF_TEXT_FOLDER"):
        load_text_model.__wrapped__(ModelChoice.MINILM)


def test_a_folder_without_a_bert_is_named(tmp_path: Path):
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(ConfigurationError, match=str(tmp_path)):
        MiniLmModel(tmp_path)


def test_minilm_reads_order_and_cuts_what_is_too_long_for_it(tmp_path: Path):
    model = MiniLmModel(tiny_bert(tmp_path))
    forth, back = model.vectors(["cheese ripens faster", "faster ripens cheese"])
    assert not np.allclose(forth, back)
    long, longer = model.vectors(["cheese " * 64, "cheese " * 65])
    assert np.array_equal(long, longer)
