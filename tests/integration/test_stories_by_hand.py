"""Stories as staff and the command line see them, and put them right."""

import json

import pytest
from sqlalchemy import select, update

from service.insights.models import Insight
from service.insights.store import store_insights
from service.insights.stories import StoryReason
from service.insights.story_models import StoryLink
from service.insights.text_hash import text_hash
from service.insights.values import NewInsight
from tests.factories.store import NOW
from tests.factories.web_visit import Visit, open_site

TOLD = "A kiln fired with straw keeps its heat for nine hours, the potters found."
OTHER = "Swifts sleep on the wing, one half of the brain at a time."


@pytest.fixture
def told_twice(database) -> tuple[int, int, int]:
    """Two tellings of one story, and an insight of another."""
    texts = {"first": TOLD, "again": TOLD.upper(), "other": OTHER}
    new = [
        NewInsight(key=key, text=text, text_hash=text_hash(text), podcast=f"Show {key}")
        for key, text in texts.items()
    ]
    with database.transaction() as session:
        store_insights(session, new, now=NOW)
        ids = dict(session.execute(select(Insight.key, Insight.id)).all())
    return ids["first"], ids["again"], ids["other"]


@pytest.fixture
def visit(database, database_url, clock, tmp_path):
    with open_site(database, database_url, clock, tmp_path / "home") as visit:
        visit.sign_in()
        yield visit


def stories(database) -> dict[int, int]:
    with database.reading() as session:
        return dict(session.execute(select(Insight.id, Insight.story_id)).all())


def test_the_command_lists_what_was_told_twice(podbrief, told_twice):
    first, again, _ = told_twice
    (story,) = json.loads(podbrief("insights", "stories", "--json").out)
    assert (story["id"], story["reason"]) == (first, "exact")
    assert story["insights"] == [{"id": first, "text": TOLD}, {"id": again, "text": TOLD.upper()}]


def test_a_store_without_repeats_says_so(podbrief):
    ran = podbrief("insights", "stories")
    assert ran.code == 0
    assert "No story was told twice yet" in ran.err
    assert json.loads(podbrief("insights", "stories", "--json").out) == []


def test_stories_are_merged_and_taken_apart_by_command(podbrief, database, told_twice):
    first, again, other = told_twice
    assert podbrief("insights", "merge", str(other), str(again)).code == 0
    assert set(stories(database).values()) == {first}
    (story,) = json.loads(podbrief("insights", "stories", "--json").out)
    assert story["reason"] == "by_hand"
    assert podbrief("insights", "split", str(other)).code == 0
    assert stories(database)[other] == other


@pytest.mark.parametrize(
    "words", [("merge", "1", "404"), ("split", "404"), ("split", "1", "2"), ("merge", "1", "2")]
)
def test_what_cannot_be_done_is_said(podbrief, told_twice, words):
    assert podbrief("insights", *words).code in (1, 2)


def test_staff_see_why_two_were_joined_and_take_them_apart(visit: Visit, database, told_twice):
    first, again, _ = told_twice
    page = visit.client.get("/admin/stories").text
    assert "the same words" in page
    assert "Show again" in page
    answer = visit.post(
        f"/admin/stories/{first}/split",
        {"form_token": visit.form_token(), "insight": str(again)},
    )
    assert answer.status_code == 200
    assert stories(database)[again] == again


def test_staff_merge_the_story_of_another_insight(visit: Visit, database, told_twice):
    first, _, other = told_twice
    visit.post(
        f"/admin/stories/{first}/merge",
        {"form_token": visit.form_token(), "other": str(other)},
    )
    assert stories(database)[other] == first
    assert "joined by hand" in visit.client.get(f"/admin/stories?insight={other}").text
    with database.reading() as session:
        assert session.get_one(StoryLink, other).reason == StoryReason.BY_HAND


@pytest.mark.parametrize("deed", ["split", "merge"])
def test_only_a_form_of_ours_arranges_stories(visit: Visit, database, told_twice, deed: str):
    before = stories(database)
    path = f"/admin/stories/{told_twice[0]}/{deed}"
    fields = {"insight": str(told_twice[1]), "other": str(told_twice[2])}
    assert visit.client.post(path, data=fields).status_code == 403
    assert visit.client.get(path).status_code in (404, 405)
    assert stories(database) == before


@pytest.mark.parametrize("asked", ["404", "x", "-1", "9" * 30, "<script>"])
def test_odd_numbers_find_nothing_or_the_first_page(visit: Visit, told_twice, asked: str):
    assert visit.client.get("/admin/stories", params={"insight": asked}).status_code in (200, 404)


def test_what_a_source_says_stays_text(visit: Visit, database, told_twice):
    with database.transaction() as session:
        session.execute(update(Insight).values(headline="<script>alert(1)</script>"))
    page = visit.client.get("/admin/stories").text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


def test_there_is_a_next_page_when_there_are_many(visit: Visit, database):
    new = [
        NewInsight(key=f"{n}{again}", text=text, text_hash=text_hash(text))
        for n in range(31)
        for again in "ab"
        for text in [f"Lighthouse number {n} was sold for a song, {n * 7} verses long."]
    ]
    with database.transaction() as session:
        store_insights(session, new, now=NOW)
    assert "?before=" in visit.client.get("/admin/stories").text
