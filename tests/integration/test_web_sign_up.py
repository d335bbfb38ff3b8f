"""Sign-up pages: one answer for everybody, and choices that hold from the first brief on."""

import datetime as dt
import re
import threading

import pytest
from sqlalchemy import select

from service.audience.models import Consent, Interest, Subscriber, Subscription, Suppression
from service.audience.sign_up_models import ConsentText
from service.db.bulk import skip_ids
from service.editions.plan import plan_due
from service.errors import ExpiredTokenError
from service.sending.deliver import deliver_next_batch
from service.tokens import Purpose, Signer
from tests.factories.asking import owed
from tests.factories.sending import equation_holds, sender_of
from tests.factories.store import make_list
from tests.factories.transports import MemoryTransport
from tests.factories.web_visit import ADDRESS, Browser, Visit, dump, open_site

FORM = "/l/daily/sign-up"
BO = "bo@example.org"


@pytest.fixture
def visit(database, database_url, clock, tmp_path):
    with open_site(database, database_url, clock, tmp_path) as visit:
        with database.transaction() as session:
            skip_ids(session, "brief_ids", 10)  # the briefs there are were numbered by hand
        yield visit


def sent(visit: Visit) -> list[tuple[str, str, str]]:
    """Send what is owed; return recipient, subject and text of each mail."""
    transport = MemoryTransport()
    sender = sender_of(visit.database, visit.clock, transport)
    while deliver_next_batch(sender):
        pass
    parts = [message.content.parts() for message in transport.taken]
    return [(one.recipient, one.subject, one.text) for one in parts]


def confirm_path(visit: Visit) -> str:
    with visit.database.reading() as session:
        newest = session.scalars(select(Subscription.id).order_by(Subscription.id.desc())).first()
    return f"/confirm/{visit.signer.sign(Purpose.CONFIRM, newest or 0)}"


def test_the_answer_is_the_same_whoever_asks(visit, clock):
    with visit.database.transaction() as session:
        session.add(
            Suppression(
                address_key="gone@example.org", reason="bounced", source="x", since=clock.now()
            )
        )
    visit.post(FORM, {"email": "waiting@example.org"})
    answers = {
        email: visit.post(FORM, {"email": email})
        for email in ("ada@example.org", BO, "waiting@example.org", "gone@example.org")
    }
    bodies = {answer.text.replace(email, "it") for email, answer in answers.items()}
    assert len(bodies) == 1
    assert {answer.status_code for answer in answers.values()} == {200}
    heads = {
        tuple(
            sorted(
                (name, value) for name, value in answer.headers.items() if name != "content-length"
            )
        )
        for answer in answers.values()
    }
    assert len(heads) == 1
    assert owed(visit.database) == [
        ("confirm", "waiting@example.org"),
        ("already", "ada@example.org"),
        ("confirm", BO),
    ]


def test_from_form_to_first_brief(visit, clock):
    visit.post(FORM, {"email": BO, "lang": "de", "form": "box"})
    path = confirm_path(visit)
    before = dump(visit.database)
    page = visit.client.get(path)
    assert page.status_code == 200
    assert 'lang="de"' in page.text
    assert visit.client.request("HEAD", path).status_code == 200
    assert dump(visit.database) == before, "looking changes nothing"
    (agreed,) = re.findall(r'name="agreed" value="(\w+)"', page.text)
    choice = {
        "topic": ["ai", "bees"],
        "hour": "6",
        "timezone": "Asia/Tokyo",
        "frequency": "weekdays",
        "agreed": agreed,
        "lang": "de",
    }
    done = visit.client.post(path, data=choice)
    assert done.status_code == 200
    with visit.database.reading() as session:
        person = session.scalars(select(Subscriber).where(Subscriber.address_key == BO)).one()
        mine = session.scalars(
            select(Subscription).where(Subscription.subscriber_id == person.id)
        ).one()
        stated = session.scalars(
            select(Interest.stated).where(Interest.subscriber_id == person.id)
        ).all()
        consents = session.scalars(
            select(Consent).where(Consent.subscription_id == mine.id).order_by(Consent.id)
        ).all()
        words = session.get(ConsentText, consents[1].text_version)
    assert person.language == "de"
    assert (mine.status, mine.timezone, mine.hour) == ("active", "Asia/Tokyo", 6)
    assert mine.frequency == "weekdays"
    assert stated == [1.0, 1.0]
    assert [(one.act, one.source, one.ip) for one in consents] == [
        ("asked", "box", "127.0.0.1"),
        ("given", "confirm_page", "127.0.0.1"),
    ]
    assert words.language == "de"
    assert "%(list)s" in words.text
    plan_due(visit.database, now=clock.now())
    mails = sent(visit)
    assert [recipient for recipient, _, _ in mails] == [BO] * 3
    assert "Morning Five" in mails[1][1]
    assert "Tokyo" in mails[1][2], "the welcome goes ahead of the brief"
    assert equation_holds(visit.database)
    again = visit.client.post(path, data=choice)
    assert again.status_code == visit.client.get(path).status_code == 200
    plan_due(visit.database, now=clock.now())
    assert sent(visit) == [], "pressed twice it is one welcome and one brief"


def test_the_way_to_the_preferences_is_mailed_to_readers_and_said_to_everybody(visit, clock):
    with visit.database.transaction() as session:
        session.add(
            Suppression(
                address_key="gone@example.org", reason="by hand", source="x", since=clock.now()
            )
        )
    visit.post(FORM, {"email": "waiting@example.org"})
    asked = ("ada@example.org", BO, "waiting@example.org", "gone@example.org")
    answers = {visit.post("/preferences", {"email": one}).text.replace(one, "it") for one in asked}
    assert len(answers) == 1
    assert owed(visit.database)[1:] == [("preferences", "ada@example.org")]
    (mail,) = [text for _, subject, text in sent(visit) if "preferences" in subject]
    (token,) = re.findall(r"/me/([\w-]+)", mail)
    named = Signer([b"k" * 32]).read(Purpose.MANAGE, token, now=clock.now())
    assert named == (visit.readership.subscriber_id, 0)
    with pytest.raises(ExpiredTokenError):
        Signer([b"k" * 32]).read(Purpose.MANAGE, token, now=clock.now() + dt.timedelta(hours=25))


def test_a_button_pressed_four_times_at_once_is_one_welcome(visit):
    visit.post(FORM, {"email": BO})
    path = confirm_path(visit)
    (agreed,) = re.findall(r'name="agreed" value="(\w+)"', visit.client.get(path).text)
    start, codes = threading.Barrier(4), []

    def press() -> None:
        start.wait(10)
        own = Browser(visit.app, ADDRESS)
        codes.append(own.post(path, data={"topic": ["ai", "bees"], "agreed": agreed}).status_code)

    presses = [threading.Thread(target=press) for _ in range(4)]
    for thread in presses:
        thread.start()
    for thread in presses:
        thread.join(30)
    assert codes == [200] * 4
    assert [kind for kind, _ in owed(visit.database)] == ["confirm", "welcome"]


def test_a_second_list_asked_for_meanwhile_is_confirmed_with_a_tick(visit):
    with visit.database.transaction() as session:
        second = make_list(session, slug="second", name="The Second")
    visit.post(FORM, {"email": BO})
    path = confirm_path(visit)
    visit.post("/l/second/sign-up", {"email": BO})
    page = visit.client.get(path).text
    assert "The Second" in page
    (agreed,) = re.findall(r'name="agreed" value="(\w+)"', page)
    (besides,) = re.findall(r'name="besides" value="(\d+)"', page)
    choice = {"topic": ["ai", "bees"], "agreed": agreed, "besides": besides}
    assert visit.client.post(path, data=choice).status_code == 200
    with visit.database.reading() as session:
        both = session.get_one(Subscription, int(besides))
    assert (both.list_id, both.status) == (second.id, "active")
    assert [kind for kind, _ in owed(visit.database)] == ["confirm", "welcome", "welcome"]
