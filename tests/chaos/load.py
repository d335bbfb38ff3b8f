"""Fill a store with a list, enough to say, and its readers, in bulk."""

import datetime as dt

from service.audience.models import Interest, Subscriber, Subscription
from service.db.bulk import write_rows
from service.db.database import Database
from tests.factories.store import make_insight, make_list, make_podcast, make_topic

LIST = "chaos"
TOPICS = 12
INSIGHTS = 120
INTERESTS_EACH = 3
PAGE = 10_000


def fill(database: Database, people: int, *, now: dt.datetime) -> None:
    """Write everything; reader number n is subscriber n and subscription n."""
    with database.transaction() as session:
        newsletter = make_list(session, slug=LIST, created_at=now)
        topics = [make_topic(session, f"Topic {number}") for number in range(TOPICS)]
        podcasts = [make_podcast(session) for _ in range(INSIGHTS // 4)]
        for number in range(INSIGHTS):
            make_insight(
                session,
                topics=(topics[number % TOPICS],),
                podcast=podcasts[number % len(podcasts)],
                published_at=now - dt.timedelta(minutes=20 * (number + 3)),
                created_at=now,
            )
        list_id, topic_ids = newsletter.id, [topic.id for topic in topics]
    for first in range(1, people + 1, PAGE):
        _write_page(database, range(first, min(first + PAGE, people + 1)), list_id, topic_ids, now)


def address(number: int) -> str:
    return f"reader{number}@mail{number % 50}.example"


def _write_page(
    database: Database, numbers: range, list_id: int, topic_ids: list[int], now: dt.datetime
) -> None:
    tomorrow = now + dt.timedelta(days=1)  # only the run on demand makes them due
    with database.transaction() as session:
        write_rows(
            session,
            Subscriber,
            ("id", "email", "address_key", "name", "language", "created_at"),
            [(n, address(n), address(n), f"Reader {n}", "en", now) for n in numbers],
        )
        write_rows(
            session,
            Subscription,
            (
                *("id", "list_id", "subscriber_id", "status", "timezone", "hour", "frequency"),
                *("next_due_at", "created_at"),
            ),
            [(n, list_id, n, "active", "UTC", 7, "daily", tomorrow, now) for n in numbers],
        )
        write_rows(
            session,
            Interest,
            ("subscriber_id", "topic_id", "weight"),
            [
                (n, topic_ids[(n + step) % TOPICS], 1.0)
                for n in numbers
                for step in range(INTERESTS_EACH)
            ],
        )
