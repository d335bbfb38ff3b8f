"""Fill a store with what texts are about, what people liked of it, and how it was taken."""

import datetime as dt

import numpy as np
import numpy.typing as npt

from service.audience.models import ReaderProfile
from service.db.bulk import write_rows
from service.db.database import Database
from service.insights.models import InsightTally
from service.insights.vector_models import StoredModel
from service.insights.vectors import write_vectors

SIZE = 256
MODEL = ("bench", "1")
_PAGE = 20_000
_NEARNESS = 0.45  # of a vector to the middle of its topic: two on one topic have a cosine of 0.4

Floats = npt.NDArray[np.float32]


def fill_tastes(
    database: Database, *, people: int, insights: int, topics: int, now: dt.datetime
) -> None:
    """Give every insight a vector and a tally, and nine in ten people a taste near a topic."""
    chance = np.random.default_rng(1)
    middles = _unit(chance.normal(size=(topics, SIZE)))
    about = (np.arange(1, insights + 1) * 3) % topics  # the first topic fill_store gave it
    with database.transaction() as session:
        model = StoredModel(name=MODEL[0], version=MODEL[1], size=SIZE, in_use_since=now)
        session.add(model)
        session.flush()
        vectors = _near(middles[about], chance)
        write_vectors(session, range(1, insights + 1), vectors, model=model)
        shown = chance.integers(0, 5_000, insights)
        liked = chance.binomial(shown, chance.beta(2, 38, insights))
        rows = zip(range(1, insights + 1), shown.tolist(), liked.tolist(), strict=True)
        columns = ("insight_id", "shown", "liked", "disliked")
        write_rows(session, InsightTally, columns, [(*row, 0) for row in rows])
    for first in range(1, people + 1, _PAGE):
        numbers = np.arange(first, min(first + _PAGE, people + 1))
        _write_profiles(database, numbers[numbers % 10 != 0], middles, chance, now)


def _write_profiles(
    database: Database,
    numbers: npt.NDArray[np.int64],
    middles: Floats,
    chance: np.random.Generator,
    now: dt.datetime,
) -> None:
    octets = _near(middles[numbers * 7 % len(middles)], chance).astype("<f2").tobytes()
    width = SIZE * 2
    rows = [
        (
            number,
            " ".join(MODEL),
            octets[place * width : (place + 1) * width],
            1.0 + place % 40,
            now,
        )
        for place, number in enumerate(numbers.tolist())
    ]
    with database.transaction() as session:
        columns = ("subscriber_id", "model", "vector", "likes", "updated_at")
        write_rows(session, ReaderProfile, columns, rows)


def _near(middles: Floats, chance: np.random.Generator) -> Floats:
    noise = _unit(chance.normal(size=middles.shape))
    return _unit(_NEARNESS * middles + (1 - _NEARNESS) * noise)


def _unit(rows: npt.NDArray[np.floating]) -> Floats:
    unit: Floats = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    return unit
