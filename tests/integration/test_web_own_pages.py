"""What somebody was sent, saved and said, what was learned of it, and their private feed."""

import datetime as dt
import re
from xml.etree import ElementTree as ET

import pytest
from sqlalchemy import func, select

from service.audience.lesson_models import Lesson
from service.audience.models import Interest, Subscriber
from service.editions.models import Brief
from service.feedback.models import Deed, Reaction
from service.feedback.react import react
from service.ledger.partitions import make_partitions
from service.rendering.links import feed_token
from tests.factories.store import make_list, make_subscriber
from tests.factories.web_visit import Visit, open_site

ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture
def visit(database, database_url, clock, tmp_path):
    with open_site(database, database_url, clock, tmp_path / "home") as visit:
        people = visit.readership
        with database.transaction() as session:
            brief = session.get_one(Brief, (people.brief_id, people.local_date))
            for deed, insight_id in ((Deed.MORE, 0), (Deed.SAVE, 0), (Deed.DOWN, 1)):
                react(
                    session,
                    brief=brief,
                    insight_id=people.insight_ids[insight_id],
                    deed=deed,
                    now=clock.now(),
                )
        yield visit


def text_of(visit: Visit, place: str) -> str:
    answer = visit.client.get(visit.own_path + place)
    assert answer.status_code == 200
    return " ".join(answer.text.split())


def count(visit: Visit, table: type) -> int:
    with visit.database.reading() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_each_brief_stands_with_its_day_its_picks_and_why(visit):
    page = text_of(visit, "/briefs")
    assert "22 November 2026" in page
    assert "Small models learn from their own drafts" in page
    assert page.count("Because you follow AI infrastructure") == 5
    path = page.split('href="/b/')[1].split('"')[0]
    assert "Small models" in visit.client.get(f"/b/{path}").text


def test_an_old_brief_can_still_be_looked_back_at(visit):
    visit.clock.advance(dt.timedelta(days=300))
    path = text_of(visit, "/briefs").split('href="/b/')[1].split('"')[0]
    assert visit.client.get(f"/b/{path}").status_code == 200


def test_more_briefs_than_a_page_holds_are_paged_without_a_gap(visit):
    columns = [column.name for column in Brief.__table__.columns]
    with visit.database.transaction() as session:
        make_partitions(session, today=visit.readership.local_date)
        first = session.scalars(select(Brief)).one()
        values = {name: getattr(first, name) for name in columns}
        for number in range(1, 25):
            date = first.local_date - dt.timedelta(days=number % 20)
            other = make_list(session) if number >= 20 else None
            changes = {"id": 100 + number, "local_date": date}
            session.add(Brief(**values | changes | ({"list_id": other.id} if other else {})))
    seen, place = [], "/briefs"
    while True:
        page = text_of(visit, place)
        seen += re.findall(r'id="b(\d+)"', page)
        if "?before=" not in page:
            break
        place = "/briefs?before=" + page.split("?before=")[1].split('"')[0]
    assert len(seen) == len(set(seen)) == 25


def test_saved_insights_are_listed_and_taken_off(visit):
    page = text_of(visit, "/saved")
    assert "Small models learn from their own drafts" in page
    assert "Bees" not in page
    at = f"{visit.own_path}/words/{visit.readership.insight_ids[0]}"
    gone = visit.client.post(at, data={"deed": "save"})
    assert "Taken off the list." in gone.text
    assert "Nothing yet." in gone.text
    assert visit.client.post(at, data={"deed": "save"}).status_code == 200


def test_what_was_learned_is_told_in_words_and_forgotten_by_topic_or_whole(visit):
    page = text_of(visit, "/known")
    assert "You get more on AI infrastructure" in page
    assert "because of 1 × more like this and 1 × saved" in page
    assert "You get less on bees" in page
    bees = visit.readership.topic_ids[1]
    answer = visit.client.post(f"{visit.own_path}/forget", data={"topic": str(bees)})
    assert "Forgotten." in answer.text
    assert "You get less on bees" not in answer.text
    assert "You get more on AI infrastructure" in " ".join(answer.text.split())
    visit.client.post(f"{visit.own_path}/forget", data={"all": "yes"})
    assert count(visit, Lesson) == 0
    with visit.database.reading() as session:
        assert session.scalars(select(Interest.learned)).all() == [0.0]
    assert count(visit, Reaction) == 3  # what they said is theirs, and stays


def test_a_word_taken_back_takes_its_lesson_along(visit):
    at = f"{visit.own_path}/words/{visit.readership.insight_ids[1]}"
    page = visit.client.post(at, data={"deed": "down"})
    assert "Taken back" in page.text
    assert "You get less on bees" not in page.text
    assert count(visit, Reaction) == 2


@pytest.mark.parametrize(("insight", "deed"), [("x", "save"), ("1", "delete"), ("9" * 30, "up")])
def test_a_word_that_is_none_is_answered_calmly(visit, insight, deed):
    answer = visit.client.post(f"{visit.own_path}/words/{insight}", data={"deed": deed})
    assert answer.status_code == 404
    assert count(visit, Reaction) == 3


def test_nobody_takes_back_the_words_of_another(visit):
    with visit.database.transaction() as session:
        stranger = make_subscriber(session).id
    path = visit.own_path_of(stranger)
    visit.client.post(
        f"{path}/words/{visit.readership.insight_ids[0]}",
        data={"deed": "save", "subscriber_id": str(visit.readership.subscriber_id)},
    )
    visit.client.post(f"{path}/forget", data={"all": "yes"})
    assert count(visit, Reaction) == 3
    assert count(visit, Lesson) == 3


def feed_path(visit: Visit, kind: str = "xml") -> str:
    with visit.database.reading() as session:
        number = session.get_one(Subscriber, visit.readership.subscriber_id).feed_number
    assert number is not None
    token = feed_token(
        visit.signer, subscriber_id=visit.readership.subscriber_id, feed_number=number
    )
    return f"/f/{token}.{kind}"


def test_there_is_no_feed_until_it_is_asked_for(visit):
    person = visit.readership.subscriber_id
    for number in (0, 1):
        token = feed_token(visit.signer, subscriber_id=person, feed_number=number)
        assert visit.client.get(f"/f/{token}.xml").status_code == 404
    visit.client.post(f"{visit.own_path}/feed")
    assert visit.client.get(feed_path(visit)).status_code == 200


def test_rss_and_atom_tell_each_brief_and_answer_the_same_tag_without_a_body(visit):
    visit.client.post(f"{visit.own_path}/feed")
    rss = visit.client.get(feed_path(visit))
    items = ET.fromstring(rss.text).findall("channel/item")
    assert [item.findtext("title") for item in items] == ["Morning Five, Sunday 22 November"]
    assert "Because you follow AI infrastructure" in (items[0].findtext("description") or "")
    atom = visit.client.get(feed_path(visit, "atom"))
    entries = ET.fromstring(atom.text).findall(f"{ATOM}entry")
    assert len(entries) == 1
    for answer in (rss, atom):
        assert "noindex" in answer.headers["x-robots-tag"]
        assert "private" in answer.headers["cache-control"]
        again = visit.client.get(str(answer.url), headers={"If-None-Match": answer.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")


def test_a_renewed_or_ended_feed_leads_nowhere(visit):
    visit.client.post(f"{visit.own_path}/feed")
    first = feed_path(visit)
    visit.client.post(f"{visit.own_path}/feed", data={"renew": "yes"})
    second = feed_path(visit)
    assert (visit.client.get(first).status_code, visit.client.get(second).status_code) == (404, 200)
    visit.client.post(f"{visit.own_path}/feed", data={"end": "yes"})
    assert visit.client.get(second).status_code == 404
    visit.client.post(f"{visit.own_path}/feed")
    assert visit.client.get(second).status_code == 404


def test_spite_in_a_feed_stays_text(database, database_url, clock, tmp_path):
    spite = "]]><script>alert(1)</script>\x1b&"
    with open_site(
        database, database_url, clock, tmp_path / "home", headline=spite, text=spite
    ) as visit:
        visit.client.post(f"{visit.own_path}/feed")
        for kind in ("xml", "atom"):
            told = visit.client.get(feed_path(visit, kind)).text
            ET.fromstring(told)
            assert "<script>" not in told


def test_pages_speak_the_persons_language(visit):
    with visit.database.transaction() as session:
        session.get_one(Subscriber, visit.readership.subscriber_id).language = "de"
    for place in ("", "/briefs", "/saved", "/known", "/feed", "/erase"):
        assert '<html lang="de"' in text_of(visit, place)
