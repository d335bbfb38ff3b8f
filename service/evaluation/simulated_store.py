"""The made-up world in a store: its list, its podcasts, its readers, and each day what is told."""

import datetime as dt

import numpy as np
import numpy.typing as npt
from sqlalchemy import insert
from sqlalchemy.orm import Session

from service.audience.models import Interest, Subscriber, Subscription
from service.db.bulk import write_rows
from service.db.database import Database
from service.evaluation.generate import topic_name
from service.evaluation.trial import LIST_ID, add_list, use_vectors_of
from service.evaluation.world import NUMBERS, PODCASTS, TOPICS, Things, at
from service.insights.models import Episode, Insight, InsightTopic, Podcast, Topic
from service.insights.vectors import model_in_use, write_vectors

Ints = npt.NDArray[np.int64]


def open_world(
    database: Database, asked: Ints, may_track: npt.NDArray[np.bool_], *, now: dt.datetime
) -> None:
    """Write the list, topics, podcasts and readers; reader r is subscriber and subscription r + 1.

    `asked` (R, TOPICS) are the topics they ticked.
    """
    people = range(1, len(asked) + 1)
    with database.transaction() as session:
        add_list(session, now)
        topics = [(n + 1, f"t{n + 1}", topic_name(n)) for n in range(TOPICS)]
        write_rows(session, Topic, ("id", "slug", "name"), topics)
        podcasts = [(n + 1, f"podcast {n + 1}") for n in range(PODCASTS)]
        write_rows(session, Podcast, ("id", "name"), podcasts)
        use_vectors_of(session, "simulated", NUMBERS, now)
        write_rows(
            session,
            Subscriber,
            ("id", "email", "address_key", "name", "language", "may_track", "created_at"),
            [
                (n, *[f"r{n}@example.org"] * 2, "", "en", bool(tracked), now)
                for n, tracked in zip(people, may_track, strict=True)
            ],
        )
        session.execute(
            insert(Subscription),
            [
                {
                    "id": number,
                    "list_id": LIST_ID,
                    "subscriber_id": number,
                    "status": "active",
                    "timezone": "UTC",
                    "hour": 7,
                    "frequency": "daily",
                    "created_at": now,
                }
                for number in people
            ],
        )
        write_rows(
            session,
            Interest,
            ("subscriber_id", "topic_id", "weight", "stated"),
            [(row + 1, topic + 1, 1.0, 1.0) for row, topic in np.argwhere(asked).tolist()],
        )


def tell(
    session: Session, things: Things, places: Ints, *, beginning: dt.datetime, now: dt.datetime
) -> None:
    """Write what was told: insight p + 1 is the thing at place p, its story the first's."""
    rows = places.tolist()
    write_rows(
        session,
        Episode,
        ("id", "podcast_id", "title"),
        [(p + 1, int(things.podcasts[p]) + 1, f"episode {p + 1}") for p in rows],
    )
    columns = (
        *("id", "key", "text_hash", "story_id", "text", "podcast_id", "episode_id"),
        *("quality", "language", "published_at", "created_at", "hidden"),
    )
    write_rows(
        session,
        Insight,
        columns,
        [
            (
                *(p + 1, f"i{p + 1}", str(p + 1), int(things.stories[p]) + 1, ""),
                *(int(things.podcasts[p]) + 1, p + 1, float(things.quality[p]), "en"),
                *(at(beginning, float(things.hours[p])), now, False),
            )
            for p in rows
        ],
    )
    about = [(p + 1, int(topic) + 1) for p in rows for topic in np.flatnonzero(things.topics[p])]
    write_rows(session, InsightTopic, ("insight_id", "topic_id"), about)
    model = model_in_use(session)
    if model is not None:
        write_vectors(session, [p + 1 for p in rows], things.vectors[places], model=model)
