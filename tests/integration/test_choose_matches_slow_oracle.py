"""A page of readers chosen for at once gets what a slow and obvious choice would give to each."""

import math
import random
from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlalchemy.orm import Session

from service.audience.models import Interest, Subscriber
from service.db.database import Database
from service.insights.models import Insight, Topic
from service.ledger.models import Shown
from service.selection.candidates import load_candidates
from service.selection.choose import Choice, Chooser, Reader, Rules
from service.selection.reasons import ReasonCode
from tests.factories.store import NOW, make_insight, make_podcast, make_subscriber, make_topic

RULES = Rules(list_name="Morning Five", language="en", picks=5)
TOPICS = ("Chips", "Bees", "Rivers", "Rockets", "Bread", "Law", "Sleep", "Ships")


@dataclass
class Person:
    """All a plain chooser needs to know of somebody."""

    id: int
    language: str
    weights: dict[str, float]
    had: set[int] = field(default_factory=set)  # stories


@dataclass
class Found:
    """All a plain chooser needs to know of an insight."""

    id: int
    story: int
    podcast: int | None
    episode: int | None
    quality: float
    hours: float
    language: str
    topics: set[str]


def choose_plainly(person: Person, insights: list[Found]) -> list[tuple[int, str, str]]:
    """Score everything for one person, look back step by step, take the best that still fits."""
    scores = plain_scores(person, insights)
    chosen: list[Found] = []
    for hours in (72, 7 * 24, 30 * 24):
        chosen = []
        for found in sorted(insights, key=lambda one: (-scores[one.id], one.hours, one.id)):
            wanted = (
                found.hours <= hours
                and found.story not in person.had
                and found.language in (RULES.language, person.language)
                and found.story not in [other.story for other in chosen]
                and sum(found.podcast == other.podcast for other in chosen if other.podcast) < 2
                and found.episode not in [other.episode for other in chosen if other.episode]
            )
            if wanted and len(chosen) < RULES.picks:
                chosen.append(found)
        if len(chosen) == RULES.picks:
            break
    return [(found.id, *reason_for(person, found)) for found in chosen]


def plain_scores(person: Person, insights: list[Found]) -> dict[int, float]:
    wish = [
        sum(person.weights.get(topic, 0) for topic in found.topics)
        / math.sqrt(max(1, len(found.topics)))
        for found in insights
    ]
    mean = sum(wish) / len(wish)
    spread = math.sqrt(sum((value - mean) ** 2 for value in wish) / len(wish))
    return {
        found.id: ((value - mean) / spread if spread else 0)
        + 0.5 * found.quality
        + 0.6 * 0.5 ** (found.hours / 36)
        for found, value in zip(insights, wish, strict=True)
    }


def reason_for(person: Person, found: Found) -> tuple[str, str]:
    matched = {topic: person.weights.get(topic, 0) for topic in found.topics}
    if any(matched.values()):
        return "topic", max(TOPICS, key=lambda topic: matched.get(topic, 0))
    if any(person.weights.values()):
        return "list_best", RULES.list_name
    if 0.5 * found.quality > 0.6 * 0.5 ** (found.hours / 36):
        return "quality", ""
    return "fresh", ""


class World:
    """Insights and readers drawn by chance from one seed, in the store and in plain values."""

    def __init__(self, session: Session, *, seed: int, insights: int, people: int) -> None:
        self._chance = random.Random(seed)
        self._topics: dict[str, Topic] = {name: make_topic(session, name) for name in TOPICS}
        self._podcasts = [make_podcast(session) for _ in range(max(2, insights // 6))]
        self.insights: list[Found] = []
        for _ in range(insights):
            self._add_insight(session)
        self.people = [self._add_person(session) for _ in range(people)]

    def _add_insight(self, session: Session) -> None:
        chance = self._chance
        names = set(chance.sample(TOPICS, chance.choice([0, 1, 1, 2, 3])))
        told_before = self.insights and chance.random() < 0.15
        same_episode = self.insights and chance.random() < 0.2
        values: dict[str, Any] = {
            "quality": round(chance.random(), 4),
            "language": chance.choice(["en", "en", "en", "nl", "de"]),
        }
        if told_before:
            values["story_id"] = chance.choice(self.insights).story
        if same_episode:
            other = chance.choice(self.insights)
            values |= {"podcast_id": other.podcast, "episode_id": other.episode}
        elif chance.random() < 0.1:
            values |= {"podcast_id": None, "episode_id": None}
        hours = round(chance.uniform(0.1, chance.choice([60, 160, 700])), 3)
        row: Insight = make_insight(
            session,
            topics=tuple(self._topics[name] for name in sorted(names)),
            podcast=chance.choice(self._podcasts),
            age_hours=hours,
            **values,
        )
        self.insights.append(
            Found(
                id=row.id,
                story=row.story_id,
                podcast=row.podcast_id,
                episode=row.episode_id,
                quality=row.quality,
                hours=(NOW - row.published_at).total_seconds() / 3600,
                language=row.language,
                topics=names,
            )
        )

    def _add_person(self, session: Session) -> Person:
        chance = self._chance
        row: Subscriber = make_subscriber(session, language=chance.choice(["en", "nl", "fr"]))
        followed = chance.sample(TOPICS, chance.choice([0, 1, 2, 5]))
        weights = {name: chance.choice([1.0, 1.0, 2.5, 0.4]) for name in followed}
        for name, weight in weights.items():
            topic_id = self._topics[name].id
            session.add(Interest(subscriber_id=row.id, topic_id=topic_id, weight=weight))
        had: set[int] = set()
        for found in self.insights:
            if found.story not in had and chance.random() < chance.choice([0, 0.1, 0.8]):
                had.add(found.story)
                session.add(
                    Shown(
                        subscriber_id=row.id,
                        story_id=found.story,
                        insight_id=found.id,
                        brief_id=1,
                        shown_on=NOW.date(),
                    )
                )
        session.flush()
        return Person(id=row.id, language=row.language, weights=weights, had=had)


def chosen_for(session: Session, people: list[Person], rules: Rules = RULES) -> list[list[Choice]]:
    candidates = load_candidates(session, list_topic_ids=[], now=NOW)
    readers = [Reader(person.id, person.language) for person in people]
    return Chooser(candidates, rules).choose(session, readers)


@pytest.mark.parametrize(
    ("seed", "insights"), [(1, 4), (2, 12), (3, 40), (4, 90), (5, 90), (6, 200)]
)
def test_everybody_gets_the_five_they_would_get_alone(database: Database, seed: int, insights: int):
    with database.transaction() as session:
        world = World(session, seed=seed, insights=insights, people=25)
        pages = chosen_for(session, world.people)
    for person, choices in zip(world.people, pages, strict=True):
        picked = [(choice.insight_id, choice.reason.value, choice.argument) for choice in choices]
        assert picked == choose_plainly(person, world.insights), person
        scores = plain_scores(person, world.insights)
        for choice in choices:
            assert choice.score == pytest.approx(scores[choice.insight_id], abs=2e-3)


def test_who_is_on_the_page_changes_nobodys_five(database: Database):
    with database.transaction() as session:
        world = World(session, seed=7, insights=80, people=20)
        together = chosen_for(session, world.people)
        alone = [chosen_for(session, [person])[0] for person in world.people]
    for one, many in zip(alone, together, strict=True):
        assert [choice.insight_id for choice in one] == [choice.insight_id for choice in many]


def test_a_longer_brief_begins_with_the_shorter_one_of_the_same_window(database: Database):
    with database.transaction() as session:
        for hours in range(1, 20):
            make_insight(session, age_hours=hours, quality=hours % 7 / 7)
        person = Person(id=make_subscriber(session).id, language="en", weights={})
        three = Rules(list_name="x", language="en", picks=3)
        nine = Rules(list_name="x", language="en", picks=9)
        (short,), (long,) = (
            chosen_for(session, [person], three),
            chosen_for(session, [person], nine),
        )
    assert (len(short), len(long)) == (3, 9)
    assert [c.insight_id for c in long[:3]] == [c.insight_id for c in short]


def test_only_what_is_published_visible_and_on_the_lists_topics_is_a_candidate(database: Database):
    with database.transaction() as session:
        bees, law = make_topic(session, "Bees"), make_topic(session, "Law")
        wanted = make_insight(session, topics=(bees, law), age_hours=0)
        make_insight(session, topics=(law,))
        make_insight(session)
        make_insight(session, topics=(bees,), hidden=True)
        make_insight(session, topics=(bees,), age_hours=-0.01)
        make_insight(session, topics=(bees,), age_hours=30 * 24)
        oldest = make_insight(session, topics=(bees,), age_hours=30 * 24 - 0.01)
        found = load_candidates(session, list_topic_ids=[bees.id], now=NOW)
        everything = load_candidates(session, list_topic_ids=[], now=NOW)
    assert found.insight_ids.tolist() == [wanted.id, oldest.id]
    assert found.topics.tolist() == [[1, 1], [1, 0]]
    assert len(everything) == 4


def test_equal_insights_are_chosen_newest_first_and_then_by_number(database: Database):
    with database.transaction() as session:
        same = [make_insight(session, age_hours=4) for _ in range(4)]
        newest = make_insight(session, age_hours=4 - 1 / 3600)
        person = Person(id=make_subscriber(session).id, language="en", weights={})
        (choices,) = chosen_for(session, [person])
    assert [choice.insight_id for choice in choices] == [newest.id, *[one.id for one in same]]


def test_nobody_to_choose_for_and_nothing_to_choose_from_are_no_faults(database: Database):
    with database.transaction() as session:
        person = Person(id=make_subscriber(session).id, language="en", weights={})
        assert chosen_for(session, [person]) == [[]]
        make_insight(session)
        assert chosen_for(session, []) == []


def test_a_reason_is_of_the_moment_and_names_the_topic_wanted_most(database: Database):
    with database.transaction() as session:
        bees, law = make_topic(session, "Bees"), make_topic(session, "Law")
        make_insight(session, topics=(bees, law))
        reader = make_subscriber(session)
        session.add(Interest(subscriber_id=reader.id, topic_id=bees.id, weight=1.0))
        session.add(Interest(subscriber_id=reader.id, topic_id=law.id, weight=1.5))
        session.flush()
        (choices,) = chosen_for(session, [Person(id=reader.id, language="en", weights={})])
    assert [(choice.reason, choice.argument) for choice in choices] == [(ReasonCode.TOPIC, "Law")]


def test_a_topic_whose_weight_has_gone_to_nothing_is_no_reason_for_a_pick(database: Database):
    with database.transaction() as session:
        bees, law = make_topic(session, "Bees"), make_topic(session, "Law")
        make_insight(session, topics=(bees,))
        reader = make_subscriber(session)
        session.add(Interest(subscriber_id=reader.id, topic_id=bees.id, weight=0.0))
        session.add(Interest(subscriber_id=reader.id, topic_id=law.id, weight=1.0))
        session.flush()
        (choices,) = chosen_for(session, [Person(id=reader.id, language="en", weights={})])
    assert [choice.argument for choice in choices] == ["Morning Five"]
