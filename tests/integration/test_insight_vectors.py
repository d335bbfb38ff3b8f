"""Each insight is read when it enters, and read again when its text or the model changes."""

import datetime as dt

import numpy as np
import pytest
from sqlalchemy import delete, func, select

from service.db.database import Database
from service.insights.models import Insight
from service.insights.store import store_insights
from service.insights.text_hash import text_hash
from service.insights.understanding.load_model import load_text_model
from service.insights.understanding.text_model import ModelChoice
from service.insights.values import NewInsight
from service.insights.vector_models import InsightVector, StoredModel
from service.insights.vectors import embed_missing, model_in_use, read_vectors
from tests.factories.store import NOW, make_insight

STATIC = load_text_model(ModelChoice.WORDLLAMA)
LEXICAL = load_text_model(ModelChoice.LEXICAL)


def told(key: str, text: str, headline: str | None = None) -> NewInsight:
    return NewInsight(key=key, text=text, text_hash=text_hash(text), headline=headline)


def enter(database: Database, *insights: NewInsight, model=STATIC, now=NOW) -> dict[str, int]:
    with database.transaction() as session:
        store_insights(session, insights, now=now, model=model)
    with database.reading() as session:
        return dict(session.execute(select(Insight.key, Insight.id)).all())


def test_what_enters_can_be_read_as_one_matrix(database: Database):
    ids = enter(database, told("a", "Caves ripen cheese."), told("b", "Antennas fail.", "Orbit"))
    with database.reading() as session:
        found = read_vectors(session, [ids["b"], 999_999, ids["a"], ids["b"]])
        model = model_in_use(session)
    assert model is not None
    assert (model.name, model.version, model.size) == (STATIC.name, STATIC.version, STATIC.size)
    expected = STATIC.vectors(["Orbit. Antennas fail.", "", "Caves ripen cheese."])
    assert found.dtype == np.float32
    assert np.allclose(found, expected[[0, 1, 2, 0]], atol=1e-3)
    assert np.linalg.norm(found, axis=1) == pytest.approx([1, 0, 1, 1], abs=1e-5)


def test_before_anything_was_read_there_are_no_columns(database: Database):
    with database.reading() as session:
        assert read_vectors(session, [1, 2]).shape == (2, 0)


def test_a_corrected_text_is_read_again_and_a_corrected_quality_is_not(database: Database):
    ids = enter(database, told("a", "Caves ripen cheese."))
    enter(database, told("a", "Antennas fail in orbit."))
    with database.reading() as session:
        found = read_vectors(session, [ids["a"]])
    assert np.allclose(found, STATIC.vectors(["Antennas fail in orbit."]), atol=1e-3)


def test_vectors_of_two_models_never_meet(database: Database):
    ids = enter(database, told("a", "Caves ripen cheese."))
    ids |= enter(
        database, told("b", "Antennas fail."), model=LEXICAL, now=NOW + dt.timedelta(hours=1)
    )
    with database.reading() as session:
        found = read_vectors(session, [ids["a"], ids["b"]])
    assert found.shape == (2, LEXICAL.size)
    assert not found[0].any()
    assert np.allclose(found[1], LEXICAL.vectors(["Antennas fail."])[0], atol=1e-3)


def test_a_job_reads_again_what_another_model_had_read(database: Database):
    texts = {f"k{number}": f"Finding {number} on cheese in caves" for number in range(7)}
    ids = enter(database, *(told(key, text) for key, text in texts.items()))
    with database.transaction() as session:
        made_by_hand = make_insight(session, headline=None, text="Never read by anybody")
    later = NOW + dt.timedelta(hours=1)
    pages, before_id = 0, None
    while pages == 0 or before_id is not None:
        with database.transaction() as session:
            before_id = embed_missing(session, LEXICAL, now=later, before_id=before_id, most=3)
        pages += 1
    with database.reading() as session:
        found = read_vectors(session, [*ids.values(), made_by_hand.id])
        assert session.scalar(select(func.count()).select_from(InsightVector)) == 8
    expected = LEXICAL.vectors([*texts.values(), made_by_hand.text])
    assert pages == 3
    assert np.allclose(found, expected, atol=1e-3)


def test_going_back_to_a_model_uses_its_row_again(database: Database):
    for hour, model in enumerate([STATIC, LEXICAL, STATIC]):
        enter(
            database,
            told(f"k{hour}", f"Finding {hour}"),
            model=model,
            now=NOW + dt.timedelta(hours=hour),
        )
    with database.reading() as session:
        stored = model_in_use(session)
        assert stored is not None
        assert stored.name == STATIC.name
        assert session.scalar(select(func.count()).select_from(StoredModel)) == 2


def test_an_insight_that_goes_takes_its_vector_along(database: Database):
    ids = enter(database, told("a", "Caves ripen cheese."))
    with database.transaction() as session:
        session.execute(delete(Insight).where(Insight.id == ids["a"]))
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(InsightVector)) == 0
