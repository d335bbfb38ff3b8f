"""Keep what insights are about, and read it as one matrix."""

import datetime as dt
from collections.abc import Sequence

import numpy as np
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from service.db.bulk import insert_ignoring, write_rows
from service.db.columns import is_one_of
from service.insights.models import Insight
from service.insights.understanding.text_model import TextModel, Vectors, unit_rows
from service.insights.vector_models import InsightVector, StoredModel

_STORED = np.dtype("<f2")
_COLUMNS = ("insight_id", "model_id", "vector")


def told_text(headline: str | None, text: str) -> str:
    """Return what a model reads of an insight."""
    return f"{headline}. {text}" if headline else text


def model_in_use(session: Session) -> StoredModel | None:
    """Return the model whose vectors are read; None while nothing was ever read by any."""
    newest_first = select(StoredModel).order_by(
        StoredModel.in_use_since.desc(), StoredModel.id.desc()
    )
    return session.scalar(newest_first.limit(1))


def stored_model(session: Session, model: TextModel) -> StoredModel | None:
    """Return the row of `model`, in use or not; None when it never was."""
    return session.scalar(select(StoredModel).filter_by(name=model.name, version=model.version))


def use_model(session: Session, model: TextModel, *, now: dt.datetime) -> StoredModel:
    """Return the row of `model`, which from now on is the one in use.

    Vectors of the model before it stay until `embed_missing` has replaced them, and are not read.
    """
    current = model_in_use(session)
    if current and (current.name, current.version) == (model.name, model.version):
        return current
    named = {"name": model.name, "version": model.version}
    insert_ignoring(session, StoredModel, [named | {"size": model.size, "in_use_since": now}])
    session.execute(update(StoredModel).filter_by(**named).values(in_use_since=now))
    found: StoredModel = session.scalars(select(StoredModel).filter_by(**named)).one()
    return found


def write_vectors(
    session: Session, insight_ids: Sequence[int], vectors: Vectors, *, model: StoredModel
) -> None:
    """Store one row of `vectors` for each insight that has none yet."""
    octets = vectors.astype(_STORED).tobytes()
    width = model.size * _STORED.itemsize
    rows = [
        (insight_id, model.id, octets[place * width : (place + 1) * width])
        for place, insight_id in enumerate(insight_ids)
    ]
    write_rows(session, InsightVector, _COLUMNS, rows)


def replace_vectors(
    session: Session, insight_ids: Sequence[int], vectors: Vectors, *, model: StoredModel
) -> None:
    """Store one row of `vectors` for each insight, in place of what it had."""
    session.execute(
        delete(InsightVector)
        .where(is_one_of(session, InsightVector.insight_id, list(insight_ids)))
        .execution_options(synchronize_session=False)
    )
    write_vectors(session, insight_ids, vectors, model=model)


def read_vectors(
    session: Session, insight_ids: Sequence[int], *, model: StoredModel | None = None
) -> Vectors:
    """Return (N, size), a row for each of `insight_ids` in their order, by the model in use.

    Rows have length one; zeros stand where that model has not read the insight, or read nothing
    in it. Before any model was in use the matrix has no columns.
    """
    model = model or model_in_use(session)
    if model is None:
        return np.zeros((len(insight_ids), 0), dtype=np.float32)
    places: dict[int, list[int]] = {}
    for place, insight_id in enumerate(insight_ids):
        places.setdefault(insight_id, []).append(place)
    stored = session.execute(
        select(InsightVector.insight_id, InsightVector.vector).where(
            is_one_of(session, InsightVector.insight_id, list(places)),
            InsightVector.model_id == model.id,
        )
    ).all()
    matrix = np.zeros((len(insight_ids), model.size), dtype=np.float32)
    if not stored:
        return matrix
    read = np.frombuffer(b"".join(row.vector for row in stored), dtype=_STORED)
    rows = unit_rows(read.reshape(len(stored), model.size).astype(np.float32))
    for found, (insight_id, _) in zip(rows, stored, strict=True):
        matrix[places[insight_id]] = found
    return matrix


def embed_missing(
    session: Session, model: TextModel, *, now: dt.datetime, before_id: int | None, most: int
) -> int | None:
    """Read up to `most` insights that the model has not read yet, the newest first.

    Call it again with what it returns, the id to go on before, until that is None: then all are
    read. Each call is short, so that a job can commit, and tell how far it is, in between.
    """
    stored = use_model(session, model, now=now)
    page = (
        select(Insight.id, Insight.headline, Insight.text, InsightVector.model_id)
        .outerjoin(InsightVector, InsightVector.insight_id == Insight.id)
        .order_by(Insight.id.desc())
        .limit(most)
    )
    if before_id is not None:
        page = page.where(Insight.id < before_id)
    rows = session.execute(page).all()
    missing = [row for row in rows if row.model_id != stored.id]
    if missing:
        vectors = model.vectors([told_text(row.headline, row.text) for row in missing])
        replace_vectors(session, [row.id for row in missing], vectors, model=stored)
    return rows[-1].id if len(rows) == most else None
