"""Related insights and search: found on both stores, kept up to date as insights come and go."""

import json

import pytest
from sqlalchemy import delete, func, select, update

from service.db.database import Database
from service.errors import NotFoundError
from service.insights.catch_up import backlog, catch_up
from service.insights.models import Insight
from service.insights.related import SHOWN, relate_waiting, related, related_to_text
from service.insights.related_models import RelatedInsight
from service.insights.search import search
from service.insights.store import store_insights
from service.insights.text_hash import text_hash
from service.insights.understanding.lexical_model import LexicalModel
from service.insights.understanding.static_model import StaticModel
from service.insights.values import NewInsight
from tests.factories.store import NOW

MODEL = LexicalModel()
TIDAL = [
    "Tidal turbines in the northern strait paid back their price within six years.",
    "Seals swim around tidal turbines: in the strait not one was struck in four winters.",
    "Crews learned to change a tidal turbine's blades within a single slack water.",
    "A tidal array must be sited by its slowest hour, says the strait's grid planner.",
    "Rust on tidal turbines begins at the bolts, so one yard now glues them.",
    "Insurers halved the premium of tidal turbines after three quiet winters in the strait.",
]
OTHERS = [
    "Bees that sleep badly dance badly, and their sisters miss the flowers.",
    "A chess club for prisoners cut their returns to jail by a third.",
    "Bakers who weigh their water waste half as much flour.",
    "The oldest known lullaby was pressed into clay to calm a house god.",
]


def enter(database: Database, *texts: str, podcast: str = "Deep Water") -> list[int]:
    with database.transaction() as session:
        new = [
            NewInsight(
                key=text_hash(text),
                text=text,
                text_hash=text_hash(text),
                podcast=podcast,
                episode=text[:40],
            )
            for text in texts
        ]
        store_insights(session, new, now=NOW, model=MODEL)
        found = dict(session.execute(select(Insight.text, Insight.id)).all())
    return [found[text] for text in texts]


@pytest.fixture
def stored(database: Database) -> list[int]:
    return enter(database, *TIDAL, *OTHERS)


def beside(database: Database, insight_id: int) -> list[int]:
    with database.reading() as session:
        return [near.insight_id for near in related(session, insight_id, model=MODEL)]


def relate_all(database: Database) -> int:
    return relate_waiting(database, model=MODEL, most=1_000)


def test_insights_on_one_matter_stand_beside_each_other(database: Database, stored: list[int]):
    assert relate_all(database) == len(stored)
    for insight_id in stored[:6]:
        assert set(beside(database, insight_id)[:5]) == set(stored[:6]) - {insight_id}


def test_what_is_found_on_the_spot_is_what_is_kept(database: Database, stored: list[int]):
    before = [beside(database, insight_id)[:5] for insight_id in stored[:6]]
    relate_all(database)
    assert [beside(database, insight_id)[:5] for insight_id in stored[:6]] == before


def test_looking_writes_nothing(database: Database, stored: list[int]):
    beside(database, stored[0])
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(RelatedInsight)) == 0


def test_a_new_insight_enters_the_lists_of_those_near_it(database: Database, stored: list[int]):
    relate_all(database)
    (new,) = enter(database, "Tidal turbines in the strait now pay back within five years.")
    looked_at = relate_all(database)
    assert new in beside(database, stored[0])
    assert looked_at < len(stored), "those on other matters are left alone"
    assert relate_all(database) == 0, "one that comes in starts no endless round"


def test_its_own_story_is_never_beside_an_insight(database: Database, stored: list[int]):
    relate_all(database)
    with database.transaction() as session:
        session.execute(update(Insight).where(Insight.id == stored[1]).values(story_id=stored[0]))
    assert stored[1] not in beside(database, stored[0])


def test_a_hidden_insight_is_beside_nothing_and_found_by_nobody(
    database: Database, stored: list[int]
):
    relate_all(database)
    with database.transaction() as session:
        session.execute(update(Insight).where(Insight.id == stored[1]).values(hidden=True))
    assert stored[1] not in beside(database, stored[0])
    with database.reading() as session:
        found = search(session, "seals turbines", model=MODEL)
    assert stored[1] not in [near.insight_id for near in found]


def test_an_insight_that_goes_leaves_the_lists_and_the_index(database: Database, stored: list[int]):
    relate_all(database)
    with database.transaction() as session:
        session.execute(delete(Insight).where(Insight.id == stored[1]))
    assert stored[1] not in beside(database, stored[0])
    with database.reading() as session:
        assert all("Seals" not in one.text for one in search(session, "seals", model=MODEL))


def test_there_is_nothing_beside_an_insight_that_is_not_there(database: Database):
    with database.reading() as session, pytest.raises(NotFoundError):
        related(session, 404, model=MODEL)


@pytest.mark.parametrize(
    ("words", "place"),
    [
        ("seals", 1),
        ("insurance premium turbines", 5),
        ("changing blades", 2),
        ("sleeping bees", 6),
        ("LULLABY", 9),
    ],
)
def test_search_finds_the_right_insight_first(
    database: Database, stored: list[int], words: str, place: int
):
    with database.reading() as session:
        found = search(session, words, model=MODEL)
    assert found[0].insight_id == stored[place]


@pytest.mark.parametrize(
    "words",
    [
        *('"', "'", "\\", "%", "*", "a' OR '1'='1", "NEAR(", "turbines AND (", "-", "&|!", ":*"),
        *("\x00", "\ud800", "🐝", "x" * 5_000, "the " * 3_000, "Ω≈ç", "col:seals", "^"),
    ],
)
def test_search_takes_any_words(database: Database, stored: list[int], words: str):
    with database.reading() as session:
        search(session, words, model=MODEL)


def test_a_text_of_ones_own_has_its_neighbours(database: Database, stored: list[int]):
    with database.reading() as session:
        found = related_to_text(session, "How soon do tidal turbines pay?", model=MODEL)
    assert {near.insight_id for near in found[:3]} <= set(stored[:6])
    assert [near.score for near in found] == sorted((near.score for near in found), reverse=True)


def test_after_another_model_is_set_all_is_read_again(database: Database, stored: list[int]):
    catch_up(database, model=MODEL, now=NOW, within_seconds=60)
    static = StaticModel()
    with database.reading() as session:
        assert backlog(session, model=static).unread == len(stored)
    catch_up(database, model=static, now=NOW, within_seconds=60)
    with database.reading() as session:
        left = backlog(session, model=static)
    assert (left.unread, left.unrelated) == (0, 0)


def test_the_command_prints_what_is_near(podbrief, database: Database, stored: list[int]):
    relate_all(database)
    ran = podbrief("insights", "related", str(stored[0]), "--limit", "3", "--json")
    assert ran.code == 0
    found = json.loads(ran.out)
    assert len(found) == 3
    assert set(found[0]) == {"id", "text", "score"}
    assert {one["id"] for one in found} <= set(stored[1:6])


def test_the_command_takes_a_text(podbrief, stored: list[int]):
    ran = podbrief("insights", "related", "--text", "rusting bolts", "--json")
    assert json.loads(ran.out)[0]["id"] == stored[4]


@pytest.mark.parametrize("words", [(), ("1", "--text", "both"), ("--text", "  ")])
def test_the_command_says_what_it_lacks(podbrief, words: tuple[str, ...]):
    ran = podbrief("insights", "related", *words)
    assert ran.code == 2
    assert "text" in ran.err


def test_no_more_than_a_page_is_shown(database: Database):
    enter(database, *(f"Tidal turbine number {n} turned all winter long." for n in range(30)))
    relate_all(database)
    with database.reading() as session:
        first = session.scalars(select(Insight.id).order_by(Insight.id)).first()
    assert first is not None
    assert len(beside(database, first)) == SHOWN


def test_embed_reads_and_relates_all_at_once(podbrief, database: Database, stored: list[int]):
    ran = podbrief("insights", "embed")
    assert ran.code == 0
    with database.reading() as session:
        assert backlog(session, model=StaticModel()).unrelated == 0
    assert f"{len(stored)}" in ran.out
