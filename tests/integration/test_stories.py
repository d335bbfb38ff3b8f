"""An insight that tells an earlier finding again joins its story, with the reason kept."""

from collections.abc import Sequence

import pytest
from sqlalchemy import select

from service.db.database import Database
from service.insights.models import Insight
from service.insights.store import store_insights
from service.insights.story_models import InsightTerm, StoryLink
from service.insights.text_hash import text_hash
from service.insights.values import NewInsight
from tests.data.story_pairs import others, retold
from tests.factories.store import NOW


def told(key: str, text: str, *, language: str = "en") -> NewInsight:
    return NewInsight(key=key, text=text, text_hash=text_hash(text), language=language)


def enter(database: Database, *insights: NewInsight) -> None:
    with database.transaction() as session:
        store_insights(session, insights, now=NOW)


def stories(database: Database) -> dict[str, int]:
    with database.reading() as session:
        return dict(session.execute(select(Insight.key, Insight.story_id)).all())


def ids(database: Database) -> dict[str, int]:
    with database.reading() as session:
        return dict(session.execute(select(Insight.key, Insight.id)).all())


def enter_pairs(database: Database, pairs: Sequence[tuple[str, str]]) -> set[frozenset[str]]:
    """Bring in the first tellings in one import and the second ones in another; return who met."""
    for side in (0, 1):
        enter(
            database, *(told(f"{number}-{side}", pair[side]) for number, pair in enumerate(pairs))
        )
    by_story: dict[int, set[str]] = {}
    for key, story in stories(database).items():
        by_story.setdefault(story, set()).add(key)
    return {frozenset(keys) for keys in by_story.values() if len(keys) > 1}


def test_every_retelling_is_found(database: Database):
    pairs = retold()
    assert len(pairs) >= 30
    assert enter_pairs(database, pairs) == {
        frozenset((f"{number}-0", f"{number}-1")) for number in range(len(pairs))
    }


def test_another_finding_on_the_same_subject_is_another_story(database: Database):
    pairs = others()
    assert len(pairs) >= 30
    assert enter_pairs(database, pairs) == set()


def test_the_reason_and_the_score_are_kept(database: Database):
    first, again = retold()[0]
    enter(database, told("a", first))
    enter(database, told("b", again), told("c", f"{first.upper()}!"))
    numbers = ids(database)
    with database.reading() as session:
        links = {link.insight_id: link for link in session.scalars(select(StoryLink))}
    assert set(links) == {numbers["b"], numbers["c"]}
    assert (links[numbers["b"]].reason, links[numbers["b"]].other_id) == ("retold", numbers["a"])
    assert 0.5 < links[numbers["b"]].score <= 1
    assert (links[numbers["c"]].reason, links[numbers["c"]].score) == ("exact", 1.0)
    assert len(set(stories(database).values())) == 1


def test_a_retelling_is_found_in_the_same_import_too(database: Database):
    first, again = retold()[1]
    enter(database, told("a", first), told("b", again))
    found = stories(database)
    assert found["a"] == found["b"] == ids(database)["a"]


def test_a_third_telling_joins_the_first_of_them(database: Database):
    first, again = retold()[2]
    enter(database, told("a", first))
    enter(database, told("b", again))
    enter(database, told("c", f"We hear that {again[0].lower()}{again[1:]}"))
    assert set(stories(database).values()) == {ids(database)["a"]}


@pytest.mark.parametrize("number", [4, 17, 28])
def test_which_telling_comes_first_makes_no_difference(database: Database, number: int):
    first, again = retold()[number]
    enter(database, told("b", again))
    enter(database, told("a", first))
    assert len(set(stories(database).values())) == 1


def test_batches_of_any_size_come_to_the_same_stories(database: Database):
    texts = [text for pair in [*retold()[:6], *others()[:6]] for text in pair]
    enter(database, *(told(f"one-{number}", text) for number, text in enumerate(texts)))
    at_once = stories(database)
    shape = [at_once[f"one-{number}"] - at_once["one-0"] for number in range(len(texts))]
    with database.transaction() as session:
        session.query(StoryLink).delete()
        session.query(InsightTerm).delete()
        session.query(Insight).update({"text_hash": "gone"})
    for number, text in enumerate(texts):
        enter(database, told(f"two-{number}", text))
    later = stories(database)
    assert [later[f"two-{number}"] - later["two-0"] for number in range(len(texts))] == shape


def test_another_language_is_another_story(database: Database):
    first, again = retold()[0]
    enter(database, told("a", first), told("b", again, language="nl"))
    assert len(set(stories(database).values())) == 2


def test_a_corrected_text_keeps_its_story_and_is_found_by_its_new_words(database: Database):
    first, again = retold()[3]
    enter(database, told("a", "Nothing is known yet of what the lamps at night do to anybody."))
    enter(database, told("a", first))
    enter(database, told("b", again))
    assert set(stories(database).values()) == {ids(database)["a"]}


FOREIGN = [
    "De bakkerij liet het deeg een nacht rusten bij vier graden en bespaarde zo heel veel gist.",
    "Sinds de stad het verkeer weert rijden fietsers een kwart vaker en zijn de bussen op tijd.",
    "Radarmeters lieten zien dat oude waterstanden door het waterschap verkeerd waren afgelezen.",
]


@pytest.mark.parametrize("language", ["nl", "en"])
def test_texts_in_a_tongue_the_model_cannot_read_are_not_taken_for_one(
    database: Database, language: str
):
    enter(
        database, *(told(str(place), text, language=language) for place, text in enumerate(FOREIGN))
    )
    assert len(set(stories(database).values())) == len(FOREIGN)


def test_a_foreign_text_with_hardly_a_word_changed_is_still_one_story(database: Database):
    enter(database, told("a", FOREIGN[0], language="nl"))
    enter(database, told("b", FOREIGN[0].replace("heel veel", "veel"), language="nl"))
    assert len(set(stories(database).values())) == 1
