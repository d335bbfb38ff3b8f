"""Measure what it costs to find story and thread of a new insight while the store grows.

    python -m benchmarks.stories [--stored 10000,100000,1000000] [--entering 2000]
        [--store sqlite|postgresql|both] [--profile]

One store in a folder that is removed is filled up to each number in turn, and then new insights
enter it through `store_insights`, in batches as an import has them; a tenth of them tell stored
ones again, in another order and with a fifth of the words left out. Prints CPU and wall time of
each new insight (of this process; a PostgreSQL server works beside it) and how many insights were
found to tell an earlier one again.

Texts are made of everyday words, of invented ones that are shared by all as Zipf's law has it,
and of those of a subject: eight insights a subject, not far from each other; and a figure. What is
filled in is written straight to the tables, its vectors being the mean of those of its words.
"""

import argparse
import cProfile
import datetime as dt
import json
import pstats
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from benchmarks.stores import POSTGRESQL, SQLITE, empty_store
from benchmarks.story_texts import Drawn, Writer
from service.db.bulk import write_rows
from service.db.database import Database
from service.db.migrate import upgrade
from service.db.row_ids import row_ids
from service.insights.models import Insight
from service.insights.store import store_insights
from service.insights.story_models import InsightTerm, StoryLink
from service.insights.text_hash import text_hash
from service.insights.understanding.load_model import load_text_model
from service.insights.values import NewInsight
from service.insights.vectors import use_model, write_vectors

BLOCK = 50_000  # written at once
BATCH = 500
TOLD_AGAIN = 10  # one in so many
NOW = dt.datetime(2026, 11, 22, 7, tzinfo=dt.UTC)
_APART = dt.timedelta(seconds=20)  # from one insight to the next
_COLUMNS = (
    *("id", "key", "text_hash", "story_id", "thread_id", "text", "quality", "language"),
    *("published_at", "created_at", "hidden"),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stored", default="10000,100000,1000000")
    parser.add_argument("--entering", type=int, default=2_000)
    parser.add_argument("--store", choices=[SQLITE, POSTGRESQL, "both"], default=SQLITE)
    parser.add_argument("--profile", action="store_true", help="tell where the time goes")
    asked = parser.parse_args()
    sizes = sorted(int(size) for size in asked.stored.split(","))
    for kind in (SQLITE, POSTGRESQL) if asked.store == "both" else (asked.store,):
        with _store(kind) as database:
            writer = Writer(load_text_model())
            for size in sizes:
                known = fill(database, writer, size - _stored(database))
                insights = list(entering(writer, known, asked.entering))
                profile = cProfile.Profile() if asked.profile else None
                found = measure(database, insights, profile)
                print(json.dumps({"store": kind, "stored": size} | found), flush=True)
                if profile is not None:
                    pstats.Stats(profile).sort_stats("tottime").print_stats(45)


@contextmanager
def _store(kind: str) -> Iterator[Database]:
    home = Path(tempfile.mkdtemp(prefix="pb-stories-"))
    try:
        with empty_store(kind, home) as store:
            database = Database(store.url)
            upgrade(database)
            yield database
            database.dispose()
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _stored(database: Database) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(Insight)) or 0


def fill(database: Database, writer: Writer, count: int) -> Drawn:
    """Store `count` more insights; return the last of them."""
    drawn = writer.draw(0)
    for start in range(0, count, BLOCK):
        drawn = writer.draw(min(BLOCK, count - start))
        with database.transaction() as session:
            _write(session, writer, drawn)
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE" if database.is_sqlite else "VACUUM ANALYZE"))
    return drawn


def _write(session: Session, writer: Writer, drawn: Drawn) -> None:
    ids = list(row_ids(session, Insight, len(drawn)))
    rows = [
        (
            *(number, f"k{number}", f"{number:032d}", number, number, told, 0.5, "en"),
            *(NOW + number * _APART, NOW, False),
        )
        for number, told in zip(ids, writer.texts(drawn), strict=True)
    ]
    write_rows(session, Insight, _COLUMNS, rows)
    model = use_model(session, writer.model, now=NOW)
    write_vectors(session, ids, writer.vectors(drawn), model=model)
    terms, places = writer.terms(drawn)
    holders = np.array(ids)[places]
    order = np.lexsort((holders, terms))
    pairs = zip(terms[order].tolist(), holders[order].tolist(), strict=True)
    write_rows(session, InsightTerm, ("term", "insight_id"), list(pairs))


def entering(writer: Writer, known: Drawn, count: int) -> Iterator[NewInsight]:
    """Yield new insights, one in ten of which tells one of `known` again."""
    texts = writer.texts(writer.draw(count))
    texts[::TOLD_AGAIN] = writer.told_again(known[-len(texts[::TOLD_AGAIN]) :])
    for told in texts:
        yield NewInsight(key=text_hash(told), text=told, text_hash=text_hash(told))


def measure(
    database: Database, insights: list[NewInsight], profile: cProfile.Profile | None
) -> dict[str, object]:
    """Return milliseconds each of `insights` took to enter, and how many found their story."""
    with database.reading() as session:
        before = session.scalar(select(func.count()).select_from(StoryLink)) or 0
        newest = session.scalar(select(func.max(Insight.id))) or 0
    warm, timed = insights[:BATCH], insights[BATCH:]
    _enter(database, warm, NOW + newest * _APART)
    if profile is not None:
        profile.enable()
    cpu, wall = time.process_time(), time.monotonic()
    _enter(database, timed, NOW + newest * _APART)
    cpu, wall = time.process_time() - cpu, time.monotonic() - wall
    if profile is not None:
        profile.disable()
    with database.reading() as session:
        found = (session.scalar(select(func.count()).select_from(StoryLink)) or 0) - before
    return {
        "ms_cpu_a_new_insight": round(1000 * cpu / len(timed), 2),
        "ms_a_new_insight": round(1000 * wall / len(timed), 2),
        "told_again": len(insights[::TOLD_AGAIN]),
        "found": found,
    }


def _enter(database: Database, insights: list[NewInsight], now: dt.datetime) -> None:
    for start in range(0, len(insights), BATCH):
        with database.transaction() as session:
            store_insights(session, insights[start : start + BATCH], now=now)


if __name__ == "__main__":
    main()
