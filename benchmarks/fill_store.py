"""Fill a store with a list, its insights and its people: made by the store itself, in seconds.

Each person follows one to eight of the topics and was shown `history` stories before, and we know
the taste of nine in ten; all are due at the last full hour. Everything is worked out from row
numbers, so that every run has the same.
"""

import datetime as dt
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, text

from benchmarks.fill_tastes import fill_tastes
from service.audience.models import NewsletterList
from service.db.database import Database
from service.insights.models import Episode, Insight, InsightTopic, Podcast, Topic

SAMPLE = Path("service/embedded/sample")
ZONES = ("Europe/London", "Europe/Amsterdam", "Europe/Helsinki", "America/Sao_Paulo")
FIRST_NAMES = ("Nora", "Tomás", "Ines", "Jørgen", "Amina", "Paul", "Chloé", "Wei", "Ruth", "Ömer")
LAST_NAMES = ("Lindqvist", "Okafor", "Reiter", "van Dijk", "Álvarez", "Smith", "Novák")
PODCASTS = 120
EPISODES_EACH = 6
NEWEST_HOURS = 1.0

_NUMBERS = "(SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :people)"
_INTERESTS = f"""
    WITH RECURSIVE n(i) AS {_NUMBERS},
    eight(j) AS (SELECT 0 UNION ALL SELECT j + 1 FROM eight WHERE j < 7)
    INSERT INTO interests (subscriber_id, topic_id, weight, stated, learned)
    SELECT i, (i * 7 + j * 11) % :topics + 1, 1.0, 1.0, 0.0 FROM n JOIN eight ON j <= (i / 3) % 8
"""
_HISTORY = f"""
    WITH RECURSIVE n(i) AS {_NUMBERS},
    few(j) AS (SELECT 0 UNION ALL SELECT j + 1 FROM few WHERE j < 99)
    INSERT INTO shown (subscriber_id, story_id, insight_id, brief_id, shown_on)
    SELECT i, (i * 17 + j * 131) % :insights + 1, (i * 17 + j * 131) % :insights + 1, i, :yesterday
    FROM n JOIN few ON j < :history
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Amounts:
    """How much of everything."""

    people: int
    insights: int = 2_000
    topics: int = 40
    history: int = 25  # stories shown to each before
    oldest_hours: float = 120.0  # three in five are fresh


def fill(database: Database, amounts: Amounts) -> None:
    """Write everything, and let the store look at it, as it would have in normal running."""
    hour = dt.datetime.now(dt.UTC).replace(minute=0, second=0, microsecond=0)
    _write_content(database, amounts, now=hour)
    with database.engine.connect() as connection:
        # the rows below are right by construction; checking each reference takes minutes
        if database.is_sqlite:
            connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
        else:
            connection.exec_driver_sql("SET session_replication_role = replica")
        _write_people(connection, amounts, hour)
        connection.commit()
    fill_tastes(
        database, people=amounts.people, insights=amounts.insights, topics=amounts.topics, now=hour
    )
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE" if database.is_sqlite else "VACUUM ANALYZE")
        if not database.is_sqlite:
            connection.exec_driver_sql("CHECKPOINT")
    database.dispose()  # the connections of the load are not those that are measured


def _write_content(database: Database, amounts: Amounts, *, now: dt.datetime) -> None:
    lines = [
        json.loads(line)
        for path in sorted(SAMPLE.glob("insights_*.jsonl"))
        for line in path.read_text("utf-8").splitlines()
    ]
    step = (amounts.oldest_hours - NEWEST_HOURS) / amounts.insights
    with database.transaction() as session:
        session.add(
            NewsletterList(
                slug="the-morning-five",
                name="The Morning Five",
                from_name="The Morning Five",
                from_email="five@brief.example.org",
                reply_to="editors@brief.example.org",
                postal_address="The Morning Five, 14 Orchard Row, Millbrook MB3 7QT",
                created_at=now,
            )
        )
        session.add_all(
            Topic(id=number, slug=f"topic-{number}", name=f"Topic number {number}")
            for number in range(1, amounts.topics + 1)
        )
        session.add_all(Podcast(id=n, name=f"Podcast {n}") for n in range(1, PODCASTS + 1))
        session.flush()
        session.add_all(
            Episode(
                id=n,
                podcast_id=(n - 1) % PODCASTS + 1,
                title=f"Episode {n}: what we heard",
                url=f"https://podcast.example/episodes/{n}",
            )
            for n in range(1, PODCASTS * EPISODES_EACH + 1)
        )
        session.flush()
        for number in range(1, amounts.insights + 1):
            line = lines[number % len(lines)]
            episode = number * 7 % (PODCASTS * EPISODES_EACH) + 1
            session.add(
                Insight(
                    id=number,
                    key=f"bench-{number}",
                    text_hash=f"{number:032d}",
                    story_id=number,
                    headline=line.get("headline"),
                    text=line["text"],
                    podcast_id=(episode - 1) % PODCASTS + 1,
                    episode_id=episode,
                    speaker=line.get("speaker"),
                    timecode=number * 13 % 4_000,
                    url=f"https://podcast.example/episodes/{episode}#t={number}",
                    quality=(number * 37 % 100) / 100,
                    published_at=now - dt.timedelta(hours=NEWEST_HOURS + step * number),
                    created_at=now,
                )
            )
        session.flush()
        session.add_all(
            InsightTopic(insight_id=number, topic_id=(number * 3 + j * 7) % amounts.topics + 1)
            for number in range(1, amounts.insights + 1)
            for j in range(1 + number % 3)
        )


def _write_people(connection: Connection, amounts: Amounts, hour: dt.datetime) -> None:
    """Let the store count to `people` and make everything else from the number."""
    on_sqlite = connection.dialect.name == "sqlite"
    yesterday = (hour - dt.timedelta(days=1)).date()
    values = {
        "people": amounts.people,
        "topics": amounts.topics,
        "insights": amounts.insights,
        "history": amounts.history,
        "moment": f"{hour:%Y-%m-%d %H:%M:%S.%f}" if on_sqlite else hour,
        "yesterday": yesterday.isoformat() if on_sqlite else yesterday,
    }
    names = ((first, last) for first in FIRST_NAMES for last in LAST_NAMES)
    connection.execute(
        text(f"""
            WITH RECURSIVE n(i) AS {_NUMBERS},
            names(k, name) AS (VALUES {_numbered(f"'{first} {last}'" for first, last in names)})
            INSERT INTO subscribers (id, email, address_key, name, language, created_at)
            SELECT i, 'reader' || i || '@mail' || (i % 50) || '.example',
                   'reader' || i || '@mail' || (i % 50) || '.example', names.name, 'en', :moment
            FROM n JOIN names ON names.k = i % {len(FIRST_NAMES) * len(LAST_NAMES)}
        """),
        values,
    )
    places = (f"'{zone}', {hour.astimezone(ZoneInfo(zone)).hour}" for zone in ZONES)
    connection.execute(
        text(f"""
            WITH RECURSIVE n(i) AS {_NUMBERS},
            places(k, zone, hour) AS (VALUES {_numbered(places)})
            INSERT INTO subscriptions (id, list_id, subscriber_id, status, timezone, hour,
                                       frequency, next_due_at, created_at)
            SELECT i, 1, i, 'active', places.zone, places.hour, 'daily', :moment, :moment
            FROM n JOIN places ON places.k = i % {len(ZONES)}
        """),
        values,
    )
    for statement in (_INTERESTS, _HISTORY):
        connection.execute(text(statement), values)


def _numbered(rows: Iterable[str]) -> str:
    return ", ".join(f"({number}, {row})" for number, row in enumerate(rows))
