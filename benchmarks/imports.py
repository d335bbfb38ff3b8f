"""Measure what `podbrief insights import` costs: lines read, checked, understood and stored.

    python -m benchmarks.imports [--lines 100000] [--store sqlite|postgresql|both] [--profile]

A file is generated and imported into an empty store, then imported again, which changes nothing.
Each line has a headline-less text of 45 words (see `benchmarks.story_texts`: every subject has
eight insights, and a tenth of all lines tell an earlier one again), an id, a podcast, an episode,
a speaker, a moment, two topics and a quality. Prints seconds of CPU, of the importing process and
of the database's, and of the clock.
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
from dataclasses import asdict, dataclass
from multiprocessing import get_context
from pathlib import Path

from sqlalchemy import func, select

from benchmarks.processes import peak_memory_mb
from benchmarks.stores import POSTGRESQL, SQLITE, Store, empty_store
from benchmarks.stories import NOW, TOLD_AGAIN
from benchmarks.story_texts import Writer
from service.clock import FixedClock
from service.db.database import Database
from service.db.migrate import upgrade
from service.insights.models import Insight
from service.insights.story_models import StoryLink
from service.insights.understanding.load_model import load_text_model
from service.sources.import_insights import import_insights
from service.sources.line_file import open_lines

_DRAWN_AT_ONCE = 10_000
_PODCASTS, _EPISODES, _TOPICS, _SPEAKERS = 400, 40, 150, 900
_DAYS = 60  # over which the file spreads


@dataclass(frozen=True, slots=True)
class Figures:
    """What one import took."""

    added: int
    unchanged: int
    cpu_s: float
    database_cpu_s: float
    wall_s: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=100_000)
    parser.add_argument("--store", choices=[SQLITE, POSTGRESQL, "both"], default="both")
    parser.add_argument("--profile", action="store_true", help="tell where the time goes")
    asked = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="pb-imports-"))
    try:
        file = folder / "insights.jsonl"
        # apart: the words texts are drawn from would count as memory of the import
        writer = get_context("spawn").Process(target=write_file, args=(file, asked.lines))
        writer.start()
        writer.join()
        for kind in (SQLITE, POSTGRESQL) if asked.store == "both" else (asked.store,):
            home = folder / kind
            home.mkdir()
            with empty_store(kind, home) as store:
                measure(store, file, profiled=asked.profile)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def write_file(file: Path, count: int) -> None:
    with file.open("w", encoding="utf-8") as stream:
        stream.writelines(lines(count))


def lines(count: int) -> Iterator[str]:
    """Yield insights as lines of JSON."""
    writer = Writer(load_text_model())
    for start in range(0, count, _DRAWN_AT_ONCE):
        drawn = writer.draw(min(_DRAWN_AT_ONCE, count - start))
        texts = writer.texts(drawn)
        again = writer.told_again(drawn[: len(texts[TOLD_AGAIN::TOLD_AGAIN])])
        texts[TOLD_AGAIN::TOLD_AGAIN] = again
        for number, told in enumerate(texts, start):
            yield json.dumps(_insight(number, told, count)) + "\n"


def _insight(number: int, told: str, count: int) -> dict[str, object]:
    podcast = number * 7 % _PODCASTS
    episode = number // 5 % _EPISODES
    return {
        "id": f"import-{number}",
        "text": told,
        "podcast": f"Podcast {podcast}",
        "episode": f"Episode {episode}",
        "episode_url": f"https://podcasts.example.com/{podcast}/{episode}",
        "speaker": f"Speaker {number * 11 % _SPEAKERS}",
        "timecode": number * 13 % 3_600,
        "published_at": (NOW - (count - number) * _apart(count)).isoformat(),
        "topics": [f"Topic {number % _TOPICS}", f"Topic {number // 8 % _TOPICS}"],
        "quality": (number % 90 + 10) / 100,
    }


def _apart(count: int) -> dt.timedelta:
    return dt.timedelta(days=_DAYS) / count


def measure(store: Store, file: Path, *, profiled: bool) -> None:
    """Import `file` twice; print what either took, and how many stories were found told again."""
    database = Database(store.url)
    upgrade(database)
    for what in ("first", "again"):
        profile = cProfile.Profile() if profiled else None
        figures = _import(database, store, file, profile)
        with database.reading() as session:
            retold = session.scalar(select(func.count()).select_from(StoryLink)) or 0
            threads = session.scalar(select(func.count(Insight.thread_id.distinct()))) or 0
        found = {"store": store.kind, "import": what} | asdict(figures)
        found |= {"retold": retold, "threads": threads, "rss_mb": round(peak_memory_mb())}
        print(json.dumps(found), flush=True)
        if profile is not None:
            pstats.Stats(profile).sort_stats("tottime").print_stats(50)
    database.dispose()


def _import(
    database: Database, store: Store, file: Path, profile: cProfile.Profile | None
) -> Figures:
    cpu, database_cpu, wall = time.process_time(), store.cpu(), time.monotonic()
    if profile is not None:
        profile.enable()
    with open_lines(str(file)) as opened:
        report = import_insights(opened, database=database, clock=FixedClock(NOW))
    if profile is not None:
        profile.disable()
    return Figures(
        report.added,
        report.unchanged,
        round(time.process_time() - cpu, 2),
        round(store.cpu() - database_cpu, 2),
        round(time.monotonic() - wall, 2),
    )


if __name__ == "__main__":
    main()
