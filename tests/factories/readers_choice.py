"""Choose for made-up readers of a store, as planning does."""

import json
from typing import Any

import numpy as np
from sqlalchemy.orm import Session

from service.audience.models import Interest, NewsletterList, ReaderProfile, Subscriber
from service.insights.models import Insight
from service.insights.vector_models import StoredModel
from service.insights.vectors import write_vectors
from service.selection.choose import Reader, chooser_for
from service.selection.rule_versions import set_rules
from tests.factories.store import (
    NOW,
    make_insight,
    make_list,
    make_podcast,
    make_subscriber,
    make_topic,
)


def chosen_for(
    session: Session, newsletter: NewsletterList, *readers: Reader | Subscriber, seed: int = 1
) -> list[list[list[Any]]]:
    """Return the stored picks of these readers: insight, score, reason, argument."""
    asked = [one if isinstance(one, Reader) else Reader(one.id, one.language) for one in readers]
    chosen = chooser_for(session, newsletter, now=NOW).choose(session, asked, seed=seed)
    return [json.loads(choices.text) for choices in chosen.choices]


def ids(picks: list[list[Any]]) -> list[int]:
    return [pick[0] for pick in picks]


def no_luck(session: Session, newsletter: NewsletterList, **more: object) -> None:
    """Choose without dice: popularity and tries are left out."""
    changes = {"popularity": 0, "explore_every": 0} | more
    set_rules(session, list_id=newsletter.id, changes=changes, by="test", now=NOW)


def insights(session: Session, count: int, **given: Any) -> list[Insight]:
    return [
        make_insight(session, speaker=f"Speaker {n}", age_hours=1 + n / 10, **given)
        for n in range(count)
    ]


def a_small_world(session: Session) -> tuple[NewsletterList, list[Reader]]:
    """Return a list with insights, tallies, vectors and readers drawn by chance."""
    chance = np.random.default_rng(11)
    newsletter = make_list(session, slug="world", name="World")
    topics = [make_topic(session, f"World topic {n}") for n in range(10)]
    podcasts = [make_podcast(session) for _ in range(25)]
    found = [
        make_insight(
            session,
            topics=tuple(topics[n] for n in set(chance.integers(0, 10, 2).tolist())),
            podcast=podcasts[int(chance.integers(25))],
            age_hours=float(chance.uniform(0, 200)),
            quality=float(chance.integers(0, 5)) / 4,
            speaker=f"Speaker {chance.integers(40)}",
        )
        for _ in range(150)
    ]
    vectors = chance.normal(size=(150, 16)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    model = StoredModel(name="made", version="1", size=16, in_use_since=NOW)
    session.add(model)
    session.flush()
    write_vectors(session, [one.id for one in found], vectors, model=model)
    readers = []
    for number in range(30):
        person = make_subscriber(session)
        for place in set(chance.integers(0, 10, number % 5).tolist()):
            session.add(
                Interest(subscriber_id=person.id, topic_id=topics[place].id, weight=1, stated=1)
            )
        if number % 2:
            session.add(
                ReaderProfile(
                    subscriber_id=person.id,
                    model="made 1",
                    vector=chance.normal(size=16).astype("<f2").tobytes(),
                    likes=float(number),
                    updated_at=NOW,
                )
            )
        readers.append(Reader(person.id, "en"))
    session.flush()
    return newsletter, readers
