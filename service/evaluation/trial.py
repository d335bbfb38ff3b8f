"""A store of its own in which the service's choosing runs on what was held out."""

import datetime as dt
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from sqlalchemy import delete
from sqlalchemy.orm import Session

from service.audience.models import Interest, NewsletterList, ReaderProfile, Subscriber
from service.db.bulk import write_rows
from service.db.database import Database
from service.db.migrate import upgrade
from service.evaluation.held_out import HeldOut
from service.insights.models import (
    Episode,
    Insight,
    InsightTally,
    InsightTopic,
    Podcast,
    Topic,
)
from service.insights.vector_models import StoredModel
from service.insights.vectors import write_vectors

LIST_ID = 1
_STORED = np.dtype("<f2")


@contextmanager
def temporary_store() -> Iterator[Database]:
    """Make an empty store that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="podbrief-eval-") as folder:
        database = Database(f"sqlite:///{Path(folder) / 'store.db'}")
        upgrade(database)
        try:
            yield database
        finally:
            database.dispose()


def fill_store(database: Database, held: HeldOut) -> None:
    """Write the new items, the readers, and what is known of them; ids are places from 1."""
    with database.transaction() as session:
        add_list(session, held.now)
        _write_items(session, held)
        _write_readers(session, held)


def add_list(session: Session, now: dt.datetime, **settings: object) -> NewsletterList:
    """Write the one list of an evaluation."""
    newsletter = NewsletterList(
        id=LIST_ID,
        slug="evaluation",
        name="Evaluation",
        from_name="Podbrief",
        from_email="brief@example.org",
        postal_address="1 Mill Lane",
        created_at=now,
        **settings,
    )
    session.add(newsletter)
    session.flush()
    return newsletter


def use_vectors_of(session: Session, name: str, size: int, now: dt.datetime) -> StoredModel:
    """Write down who made the vectors."""
    model = StoredModel(name=name[:40], version="1", size=size, in_use_since=now)
    session.add(model)
    session.flush()
    return model


def _write_items(session: Session, held: HeldOut) -> None:
    items = [held.data.items[place] for place in held.places.tolist()]
    podcasts = {name: n for n, name in enumerate(sorted({i.podcast or "" for i in items}), 1)}
    stories: dict[str, int] = {}
    write_rows(session, Topic, ("id", "slug", "name"), _named(held.topics))
    write_rows(session, Podcast, ("id", "name"), [(n, name) for name, n in podcasts.items()])
    numbers = range(1, len(items) + 1)
    write_rows(
        session,
        Episode,
        ("id", "podcast_id", "title"),
        [
            (number, podcasts[item.podcast or ""], f"episode {number}")
            for number, item in zip(numbers, items, strict=True)
        ],
    )
    columns = (
        *("id", "key", "text_hash", "story_id", "text", "podcast_id", "episode_id", "speaker"),
        *("quality", "language", "published_at", "created_at", "hidden"),
    )
    rows = []
    for number, item in zip(numbers, items, strict=True):
        story = stories.setdefault(item.story or item.id, number)
        podcast = podcasts[item.podcast or ""] if item.podcast else None
        whose = (number, item.id, str(number), story, item.text, podcast, number, item.speaker)
        rows.append((*whose, item.quality, "en", item.at, item.at, False))
    write_rows(session, Insight, columns, rows)
    write_rows(
        session,
        InsightTopic,
        ("insight_id", "topic_id"),
        (np.argwhere(held.about) + 1).tolist(),
    )
    write_rows(
        session,
        InsightTally,
        ("insight_id", "shown", "liked", "disliked"),
        [
            (number, shown, liked, 0)
            for number, shown, liked in zip(
                numbers, held.shown.tolist(), held.liked.tolist(), strict=True
            )
        ],
    )
    if held.data.vectors.shape[1]:
        vectors = held.data.vectors[held.places]
        model = use_vectors_of(session, held.data.model, vectors.shape[1], held.now)
        write_vectors(session, list(numbers), vectors, model=model)


def _write_readers(session: Session, held: HeldOut) -> None:
    now = held.now
    people = range(1, len(held.readers) + 1)
    addresses = [f"r{number}@example.org" for number in people]
    write_rows(
        session,
        Subscriber,
        ("id", "email", "address_key", "name", "language", "created_at"),
        [(n, at, at, "", "en", now) for n, at in zip(people, addresses, strict=True)],
    )
    write_known(session, held)


def write_known(session: Session, held: HeldOut) -> None:
    """Write interests and profiles as the service would have learned them, in place of others."""
    session.execute(delete(Interest))
    session.execute(delete(ReaderProfile))
    weights = held.weights()
    known = held.asked | (held.learned != 0)
    write_rows(
        session,
        Interest,
        ("subscriber_id", "topic_id", "weight", "stated", "learned"),
        [
            (
                *(row + 1, column + 1, float(weights[row, column])),
                *(1.0 if held.asked[row, column] else None, float(held.learned[row, column])),
            )
            for row, column in np.argwhere(known).tolist()
        ],
    )
    write_rows(
        session,
        ReaderProfile,
        ("subscriber_id", "model", "vector", "likes", "updated_at"),
        [
            (row, f"{held.data.model[:40]} 1", made[0].astype(_STORED).tobytes(), made[1], held.now)
            for row, made in enumerate(held.profiles, start=1)
            if made is not None and held.data.vectors.shape[1]
        ],
    )


def _named(names: Sequence[str]) -> list[tuple[int, str, str]]:
    return [(number, f"t{number}", name[:80]) for number, name in enumerate(names, start=1)]
