"""Stories merged and taken apart by hand: it stays so, and nobody gets what they had."""

import datetime as dt

import numpy as np
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from service.db.database import Database
from service.errors import InputError, NotFoundError
from service.insights.arrange_stories import merge_stories, split_story
from service.insights.heritage import heritage_of
from service.insights.models import Insight
from service.insights.store import store_insights
from service.insights.story_models import StoryLink, StoryParting
from service.insights.text_hash import text_hash
from service.insights.values import NewInsight
from service.ledger.models import Shown
from service.selection.readership import ages_of_stories, had_before
from tests.data.story_pairs import retold
from tests.factories.store import NOW, make_insight

READERS = {"ann": 1, "ben": 2, "cas": 3}


@pytest.fixture
def three(database: Database) -> tuple[int, int, int]:
    """Three insights, each a story of its own; ann was shown the first, ben the second."""
    with database.transaction() as session:
        first, second, third = (make_insight(session).id for _ in range(3))
        show(session, "ann", first)
        show(session, "ben", second)
    return first, second, third


def show(session: Session, name: str, insight_id: int) -> None:
    story = session.scalars(select(Insight.story_id).where(Insight.id == insight_id)).one()
    session.add(
        Shown(
            subscriber_id=READERS[name],
            story_id=story,
            insight_id=insight_id,
            brief_id=READERS[name] * 1000 + insight_id,
            shown_on=dt.date(2026, 11, 20),
        )
    )
    session.flush()


def who_had(database: Database, story: int) -> set[str]:
    with database.reading() as session:
        heritage = heritage_of(session, [story])
        oldest, old = ages_of_stories(np.array([story]), heritage)
        people = np.array(list(READERS.values()))
        rows, stories, _ = had_before(
            session, people, oldest_story=oldest, old_stories=old, heritage=heritage
        )
    return {list(READERS)[row] for row in rows[stories == story]}


def stories_of(database: Database, ids: tuple[int, ...]) -> list[int]:
    with database.reading() as session:
        found = dict(session.execute(select(Insight.id, Insight.story_id)).all())
    return [found[insight_id] for insight_id in ids]


def merge(database: Database, one: int, other: int) -> int:
    with database.transaction() as session:
        return merge_stories(session, one, other, by="eva", now=NOW)


def split(database: Database, *ids: int) -> tuple[int, int]:
    with database.transaction() as session:
        return split_story(session, ids, by="eva", now=NOW)


def test_a_merged_story_has_been_had_by_whoever_had_either(database: Database, three):
    first, second, third = three
    assert merge(database, second, first) == first
    assert stories_of(database, three) == [first, first, third]
    assert who_had(database, first) == {"ann", "ben"}
    assert who_had(database, third) == set()


def test_a_merge_counts_for_what_planners_wrote_while_it_was_made(database: Database, three):
    first, second, _ = three
    merge(database, first, second)
    with database.transaction() as session:  # a tick that had loaded its candidates before
        session.add(
            Shown(
                subscriber_id=READERS["cas"],
                story_id=second,
                insight_id=second,
                brief_id=9,
                shown_on=dt.date(2026, 11, 22),
            )
        )
    assert who_had(database, first) == {"ann", "ben", "cas"}


def test_merges_add_up(database: Database, three):
    first, second, third = three
    merge(database, second, third)
    merge(database, first, second)
    assert set(stories_of(database, three)) == {first}
    assert who_had(database, first) == {"ann", "ben"}


def test_who_made_a_merge_is_kept(database: Database, three):
    first, second, _ = three
    merge(database, first, second)
    with database.reading() as session:
        link = session.get_one(StoryLink, second)
    assert (link.other_id, link.reason, link.score, link.by) == (first, "by_hand", 1.0, "eva")


def test_a_split_goes_to_whoever_was_not_shown_the_part_that_left(database: Database, three):
    first, second, third = three
    merge(database, first, second)
    merge(database, first, third)
    with database.transaction() as session:
        show(session, "cas", third)  # in the merged story
    kept, new = split(database, third)
    assert (kept, new) == (first, third)
    assert stories_of(database, three) == [first, first, third]
    assert who_had(database, third) == {"cas"}
    assert who_had(database, first) == {"ann", "ben", "cas"}


def test_a_merge_undone_leaves_everybody_with_what_they_had(database: Database, three):
    first, second, _ = three
    merge(database, first, second)
    split(database, second)
    assert who_had(database, first) == {"ann"}
    assert who_had(database, second) == {"ben"}


def test_the_insight_a_story_is_named_after_keeps_it(database: Database, three):
    first, second, third = three
    merge(database, first, second)
    merge(database, first, third)
    assert split(database, first) == (first, second)
    assert stories_of(database, three) == [first, second, second]
    assert who_had(database, second) == {"ben"}
    assert who_had(database, first) == {"ann"}


def test_what_was_parted_is_not_joined_by_a_third_telling(database: Database):
    first, again = retold()[0]
    texts = {"a": first, "b": again, "c": f"As we heard, {again[0].lower()}{again[1:]}"}
    with database.transaction() as session:
        for key in ("a", "b"):
            store_insights(session, [_new(key, texts[key])], now=NOW)
    ids = _ids(database)
    assert len(set(stories_of(database, tuple(ids.values())))) == 1
    split(database, ids["b"])
    with database.transaction() as session:
        store_insights(session, [_new(key, text) for key, text in texts.items()], now=NOW)
    one, other, third = stories_of(database, tuple(_ids(database).values()))
    assert one != other
    assert third in {one, other}
    with database.reading() as session:
        parting = session.scalars(select(StoryParting)).one()
        links = session.scalars(select(StoryLink.insight_id)).all()
    assert (parting.one_id, parting.other_id, parting.by) == (ids["a"], ids["b"], "eva")
    assert ids["b"] not in links


def test_merging_by_hand_overrides_a_parting(database: Database, three):
    first, second, _ = three
    merge(database, first, second)
    split(database, second)
    merge(database, first, second)
    with database.reading() as session:
        assert session.scalars(select(StoryParting)).all() == []
    assert who_had(database, first) == {"ann", "ben"}


def test_what_makes_no_sense_is_refused(database: Database, three):
    first, second, third = three
    with pytest.raises(InputError):
        merge(database, first, first)
    with pytest.raises(NotFoundError):
        merge(database, first, 999_999)
    with pytest.raises(InputError):
        split(database, first)  # all of its story
    with pytest.raises(InputError):
        split(database, first, second)  # of two
    with pytest.raises(InputError):
        split(database)
    assert stories_of(database, three) == [first, second, third]


def test_one_old_story_does_not_make_every_history_read():
    recent = np.arange(100_000, 100_400, 2)
    oldest, old = ages_of_stories(np.append(recent, [17, 40_000]), [])
    assert (oldest, old) == (100_000, [17, 40_000])
    assert ages_of_stories(recent, []) == (100_000, [])
    assert ages_of_stories(np.array([], dtype=np.int64), []) == (0, [])


def _new(key: str, text: str) -> NewInsight:
    return NewInsight(key=key, text=text, text_hash=text_hash(text))


def _ids(database: Database) -> dict[str, int]:
    with database.reading() as session:
        rows = session.execute(select(Insight.key, Insight.id).order_by(Insight.key)).all()
    return dict(rows)
