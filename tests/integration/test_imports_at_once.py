"""Two imports at one moment come to what one after the other would."""

import io
import json
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import func, select

from service.audience.erased import ErasureMarks
from service.audience.lists import create_list
from service.audience.models import Consent, Subscriber, Subscription
from service.audience.values import ListSettings
from service.clock import FixedClock
from service.db.database import Database
from service.insights.models import Insight, Topic
from service.sources.import_insights import import_insights
from service.sources.import_subscribers import import_subscribers
from service.sources.line_file import LineFile

TOGETHER = 4
ROWS = 300


def a_file(text: str) -> LineFile:
    raw = text.encode()
    return LineFile("file", io.BytesIO(raw), len(raw))


def test_one_text_told_by_four_files_is_one_story(database: Database, clock: FixedClock):
    def bring(which: int) -> int:
        lines = (
            json.dumps({"id": f"{which}-{row}", "text": f"Fact {row}", "topics": [f"t{row % 5}"]})
            for row in range(ROWS)
        )
        file = a_file("\n".join(lines))
        return import_insights(file, database=database, clock=clock).added

    with ThreadPoolExecutor(TOGETHER) as threads:
        assert list(threads.map(bring, range(TOGETHER))) == [ROWS] * TOGETHER
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Insight)) == TOGETHER * ROWS
        assert session.scalar(select(func.count(Insight.story_id.distinct()))) == ROWS
        assert session.scalar(select(func.count()).select_from(Topic)) == 5


def test_one_person_in_four_files_joins_once(database: Database, clock: FixedClock):
    settings = ListSettings(from_email="brief@podbrief.example", postal_address="1 Quay, Port")
    with database.transaction() as session:
        create_list(session, slug="morning", settings=settings, now=clock.now())
    people = [f"p{row}@example.org,AI;Law" for row in range(ROWS)]

    def bring(which: int) -> int:
        order = reversed(people) if which % 2 else people
        file = a_file("\n".join(["email,topics", *order]))
        report = import_subscribers(
            file,
            list_slug="morning",
            database=database,
            clock=clock,
            marks=ErasureMarks([b"a key of this test"]),
        )
        return report.added

    with ThreadPoolExecutor(TOGETHER) as threads:
        assert sum(threads.map(bring, range(TOGETHER))) == ROWS
    with database.reading() as session:
        for table in (Subscriber, Subscription, Consent):
            assert session.scalar(select(func.count()).select_from(table)) == ROWS
