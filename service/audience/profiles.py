"""What somebody took to, as one vector of the text model in use."""

import datetime as dt

import numpy as np
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from service.audience.lesson_models import Lesson
from service.audience.models import ReaderProfile
from service.audience.taste import LOOKED_AT, opinion, profile_of
from service.insights.vector_models import StoredModel
from service.insights.vectors import model_in_use, read_vectors

_LONGEST_NAME = 60
_STORED = np.dtype("<f2")


def model_name(model: StoredModel) -> str:
    """Return what a profile calls the model its vector is of."""
    return f"{model.name} {model.version}"[:_LONGEST_NAME]


def learn_profile(session: Session, subscriber_id: int, *, now: dt.datetime) -> None:
    """Make somebody's vector anew from the latest insights they acted on.

    Insights the model has not read yet are left out, and count from the next act on.
    """
    model = model_in_use(session)
    held = session.get(ReaderProfile, subscriber_id)
    made = _made_of(session, subscriber_id, model) if model else None
    if model is None or made is None:
        if held is not None:
            session.delete(held)
            session.flush()
        return
    octets, likes = made
    if held is None:
        held = ReaderProfile(subscriber_id=subscriber_id)
        session.add(held)
    held.model, held.vector, held.likes = model_name(model), octets, likes
    held.updated_at = now
    session.flush()


def _made_of(
    session: Session, subscriber_id: int, model: StoredModel
) -> tuple[bytes, float] | None:
    acts: dict[int, list[str]] = {}
    latest = (
        select(Lesson.insight_id, func.max(Lesson.learned_at).label("latest_at"))
        .where(Lesson.subscriber_id == subscriber_id)
        .group_by(Lesson.insight_id)
        .order_by(func.max(Lesson.learned_at).desc(), Lesson.insight_id.desc())
        .limit(LOOKED_AT)
        .subquery()
    )
    found = session.execute(
        select(Lesson.insight_id, Lesson.act)
        .join(latest, latest.c.insight_id == Lesson.insight_id)
        .where(Lesson.subscriber_id == subscriber_id)
        .order_by(latest.c.latest_at.desc(), Lesson.insight_id.desc())
    )
    for insight_id, act in found:
        acts.setdefault(insight_id, []).append(act)
    vectors = read_vectors(session, list(acts), model=model)
    opinions = np.array([opinion(done) for done in acts.values()])
    is_read = np.count_nonzero(vectors, axis=1) > 0
    made = profile_of(opinions[is_read], vectors[is_read])
    return None if made is None else (made[0].astype(_STORED).tobytes(), made[1])
