"""Measure what it costs to find the story of a new insight while the store grows.

    python -m benchmarks.stories [--stored 10000,100000,1000000] [--entering 1000]

For each number a store (SQLite, in a folder that is removed) is filled with insights made of words
drawn as Zipf's law has it from a vocabulary of 30,000, and indexed by their rarest; then new ones
enter through `store_insights`, a tenth of them stored ones with a fifth of their words changed.
Prints CPU and wall time per new insight, and how many of that tenth found their story. Stored
insights have no vectors here, so each candidate is read anew, which a real store need not do.
"""

import argparse
import datetime as dt
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from service.db.bulk import write_rows
from service.db.database import Database
from service.db.migrate import upgrade
from service.insights.models import Insight
from service.insights.store import store_insights
from service.insights.story_models import StoryLink
from service.insights.term_index import write_terms
from service.insights.text_hash import text_hash
from service.insights.understanding.telling import index_terms
from service.insights.values import NewInsight

WORDS, LENGTH = 30_000, 45
BLOCK, BATCH = 10_000, 200
CHANGED = 5  # every fifth word of a retelling
NOW = dt.datetime(2026, 11, 22, 7, 0, tzinfo=dt.UTC)
_SOUNDS = ("ba", "de", "ki", "lo", "mu", "ne", "po", "ra", "si", "ta", "ve", "zu", "gar", "hol")


class Writer:
    """Makes texts by lot, the same for the same seed."""

    def __init__(self) -> None:
        self._chance = np.random.default_rng(2026)
        self._words = np.array([_word(number) for number in range(WORDS)])
        shares = 1 / np.arange(20, WORDS + 20)
        self._shares = shares / shares.sum()
        self._terms = [index_terms(word)[:1] for word in self._words.tolist()]

    def texts(self, count: int) -> tuple[npt.NDArray[np.int64], list[str]]:
        """Return word numbers, a row for each text, and the texts."""
        drawn = self._chance.choice(WORDS, size=(count, LENGTH), p=self._shares)
        return drawn, [" ".join(row) for row in self._words[drawn].tolist()]

    def terms(self, row: npt.NDArray[np.int64]) -> list[tuple[int, float]]:
        """Return what `index_terms` says of a text: the words are read once, not each time."""
        found = dict(term for word in row.tolist() for term in self._terms[word])
        return sorted(found.items(), key=lambda item: (-item[1], item[0]))[:16]

    def told_again(self, row: npt.NDArray[np.int64]) -> str:
        changed = row.copy()
        changed[::CHANGED] = self._chance.choice(WORDS, size=len(changed[::CHANGED]))
        return " ".join(self._words[changed].tolist())


def _word(number: int) -> str:
    """Return a word that exists nowhere."""
    sounds = []
    rest = number + len(_SOUNDS) ** 2
    while rest:
        rest, sound = divmod(rest, len(_SOUNDS))
        sounds.append(_SOUNDS[sound])
    return "".join(sounds)


def fill(database: Database, writer: Writer, count: int) -> npt.NDArray[np.int64]:
    """Store `count` insights; return the words of the last ones."""
    last = np.zeros((0, LENGTH), dtype=np.int64)
    for first in range(1, count + 1, BLOCK):
        drawn, texts = writer.texts(min(BLOCK, count + 1 - first))
        with database.transaction() as session:
            _write(session, first, texts)
            write_terms(
                session, {first + place: writer.terms(row) for place, row in enumerate(drawn)}
            )
        last = drawn
    return last


def _write(session: Session, first: int, texts: list[str]) -> None:
    columns = ("id", "key", "text_hash", "story_id", "text", "quality", "language")
    rows = [
        (
            first + place,
            f"k{first + place}",
            f"{first + place:032d}",
            first + place,
            text,
            0.5,
            "en",
        )
        for place, text in enumerate(texts)
    ]
    write_rows(
        session,
        Insight,
        (*columns, "published_at", "created_at", "hidden"),
        [(*row, NOW, NOW, False) for row in rows],
    )


def entering(writer: Writer, known: npt.NDArray[np.int64], count: int) -> Iterator[NewInsight]:
    """Yield new insights, every tenth of which tells a stored one again."""
    drawn, texts = writer.texts(count)
    for place in range(len(drawn)):
        again = place % 10 == 0
        text = writer.told_again(known[-1 - place // 10]) if again else texts[place]
        yield NewInsight(key=f"new-{place}", text=text, text_hash=text_hash(text))


def measure(stored: int, new: int) -> str:
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{Path(folder) / 'stories.db'}")
        upgrade(database)
        writer = Writer()
        known = fill(database, writer, stored)
        insights = list(entering(writer, known, new))
        cpu, wall = time.process_time(), time.monotonic()
        for start in range(0, len(insights), BATCH):
            with database.transaction() as session:
                store_insights(session, insights[start : start + BATCH], now=NOW)
        cpu, wall = time.process_time() - cpu, time.monotonic() - wall
        with database.reading() as session:
            found = session.scalar(select(func.count()).select_from(StoryLink))
        database.dispose()
    told_again = len(range(0, new, 10))
    return (
        f"{stored:>9,} stored: {1000 * cpu / new:.2f} ms CPU, {1000 * wall / new:.2f} ms in all "
        f"per new insight; {found} of {told_again} told again found"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stored", default="10000,100000,1000000")
    parser.add_argument("--entering", type=int, default=1_000)
    arguments = parser.parse_args()
    for stored in arguments.stored.split(","):
        print(measure(int(stored), arguments.entering), flush=True)


if __name__ == "__main__":
    main()
