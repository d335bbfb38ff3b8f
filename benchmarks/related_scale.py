"""What it costs to relate a new insight and to search, when many are stored.

    python -m benchmarks.related_scale --stored 10000,100000 [--store sqlite|postgresql|both]

The texts are made of everyday words and of invented ones that a subject of its own shares, eight
insights a subject, so that there is always something near and never much.
"""

import argparse
import datetime as dt
import json
import random
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from time import perf_counter

from benchmarks.stores import POSTGRESQL, SQLITE, empty_store
from service.db.bulk import write_rows
from service.db.database import Database
from service.db.migrate import upgrade
from service.insights.models import Insight
from service.insights.related import relate_waiting
from service.insights.related_marks import mark_new
from service.insights.search import search
from service.insights.understanding.load_model import load_text_model
from service.insights.vectors import use_model, write_vectors

NOW = dt.datetime(2026, 11, 22, 7, tzinfo=dt.UTC)
EVERYDAY = Path(__file__).parent / "common_words.txt"
OF_A_SUBJECT = 8  # insights
PAGE = 5_000
NEW = 200
_SYLLABLES = [a + b for a in "bdfgklmnprstvz" for b in ("a", "e", "i", "o", "u", "an", "er", "ol")]
_COLUMNS = (
    *("id", "key", "text_hash", "story_id", "headline", "text", "quality", "language"),
    *("published_at", "created_at", "hidden"),
)


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure related insights and search at scale.")
    parser.add_argument("--stored", default="10000,100000")
    parser.add_argument("--store", choices=[SQLITE, POSTGRESQL, "both"], default="both")
    asked = parser.parse_args()
    for kind in (SQLITE, POSTGRESQL) if asked.store == "both" else (asked.store,):
        for stored in map(int, asked.stored.split(",")):
            print(json.dumps(measure(kind, stored)), flush=True)


def measure(kind: str, stored: int) -> dict[str, object]:
    """Return milliseconds a new insight and a search, on a store of that many."""
    with _filled(kind, stored) as database:
        model = load_text_model()
        with database.transaction() as session:
            mark_new(session, range(stored - NEW + 1, stored + 1))
        start = perf_counter()
        relate_waiting(database, model=model, most=NEW)
        each = (perf_counter() - start) / NEW
        queries = [" ".join(_words(random.Random(n), n)[:4]) for n in range(50)]
        start = perf_counter()
        for query in queries:
            with database.reading() as session:
                search(session, query, model=model)
        searched = (perf_counter() - start) / len(queries)
    return {
        "store": kind,
        "stored": stored,
        "ms_a_new_insight": round(each * 1000, 1),
        "ms_a_search": round(searched * 1000, 1),
    }


@contextmanager
def _filled(kind: str, stored: int) -> Iterator[Database]:
    home = Path(tempfile.mkdtemp(prefix="pb-related-"))
    try:
        with empty_store(kind, home) as store:
            database = Database(store.url)
            upgrade(database)
            _fill(database, stored)
            yield database
            database.dispose()
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _fill(database: Database, stored: int) -> None:
    model = load_text_model()
    for first in range(1, stored + 1, PAGE):
        numbers = range(first, min(first + PAGE, stored + 1))
        texts = [" ".join(_words(random.Random(number), number)) for number in numbers]
        rows = [
            (number, f"k{number}", f"{number:032d}", number, None, text, 0.5, "en", NOW, NOW, False)
            for number, text in zip(numbers, texts, strict=True)
        ]
        with database.transaction() as session:
            write_rows(session, Insight, _COLUMNS, rows)
            kept = use_model(session, model, now=NOW)
            write_vectors(session, list(numbers), model.vectors(texts), model=kept)
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE" if database.is_sqlite else "VACUUM ANALYZE")


def _words(chance: random.Random, number: int) -> list[str]:
    subject = random.Random(number // OF_A_SUBJECT)
    own = ["".join(subject.choices(_SYLLABLES, k=3)) for _ in range(14)]
    words = chance.sample(own, 9) + chance.choices(_everyday(), k=40)
    chance.shuffle(words)
    return words


@cache
def _everyday() -> list[str]:
    return EVERYDAY.read_text("utf-8").split()


if __name__ == "__main__":
    main()
