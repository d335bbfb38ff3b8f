"""Change of address: the new one is asked, the old one told, and old links end."""

import datetime as dt

import pytest
from sqlalchemy import func, select

from service.audience.models import AddressChange, Subscriber
from service.audience.move import AGREE_WITHIN, MOST_A_DAY, OBJECT_WITHIN, prune_moves
from service.ledger.notice_models import Notice
from service.tokens import Purpose
from tests.factories.store import make_subscriber
from tests.factories.web_visit import Visit, open_site

NEW = "ada@new.example"


@pytest.fixture
def visit(database, database_url, clock, tmp_path):
    with open_site(database, database_url, clock, tmp_path / "home") as visit:
        yield visit


def notices(visit: Visit) -> list[Notice]:
    with visit.database.reading() as session:
        return list(session.scalars(select(Notice).order_by(Notice.id)))


def link(visit: Visit, notice: Notice) -> str:
    agrees = int(notice.kind == "move")
    token = visit.signer.sign(
        Purpose.ADDRESS, notice.arguments["change_id"], agrees, expires_at=notice.expires_at
    )
    return f"/address/{token}"


def address(visit: Visit) -> str:
    with visit.database.reading() as session:
        return session.get_one(Subscriber, visit.readership.subscriber_id).email


def ask(visit: Visit, email: str = NEW) -> str:
    answer = visit.client.post(f"{visit.own_path}/address", data={"email": email})
    assert answer.status_code == 200
    return answer.text


def test_nothing_changes_before_the_new_address_agrees(visit):
    page = ask(visit)
    assert "If that address can be reached, a mail is on its way to it." in page
    (notice,) = notices(visit)
    assert (notice.kind, notice.recipient) == ("move", NEW)
    at = link(visit, notice)
    assert f"Have your briefs sent to {NEW}?" in visit.client.get(at).text
    visit.client.request("HEAD", at)
    assert address(visit) == "ada@example.org"


def test_agreeing_moves_tells_the_old_address_and_ends_old_links(visit):
    old_path = visit.own_path
    ask(visit)
    visit.client.post(f"{visit.own_path}/feed", data={"renew": "yes"})
    with visit.database.reading() as session:
        feed = session.get_one(Subscriber, visit.readership.subscriber_id).feed_number
    at = link(visit, notices(visit)[0])
    page = visit.client.post(at)
    assert f"Briefs go to {NEW} from now on." in page.text
    assert "Briefs go to" in visit.client.post(at).text
    assert address(visit) == NEW
    moved = notices(visit)[1:]
    assert [(one.kind, one.recipient) for one in moved] == [("moved", "ada@example.org")]
    assert visit.client.get(old_path).status_code == 410
    assert visit.client.get(visit.own_path).status_code == 200
    assert visit.client.get(visit.unsubscribe_path).status_code == 200
    with visit.database.reading() as session:
        assert session.get_one(Subscriber, visit.readership.subscriber_id).feed_number != feed


def test_the_old_address_can_take_it_back_for_a_week(visit):
    ask(visit)
    visit.client.post(link(visit, notices(visit)[0]))
    thief = visit.own_path
    back = link(visit, notices(visit)[1])
    visit.clock.advance(OBJECT_WITHIN - dt.timedelta(minutes=1))
    assert "Have your briefs back?" in visit.client.get(back).text
    assert "as before" in visit.client.post(back).text
    assert address(visit) == "ada@example.org"
    assert visit.client.get(thief).status_code == 410
    again = visit.client.post(link(visit, notices(visit)[0]))
    assert again.status_code in (404, 410, 200)
    assert address(visit) == "ada@example.org"


def test_both_links_end(visit):
    ask(visit)
    at = link(visit, notices(visit)[0])
    visit.clock.advance(AGREE_WITHIN + dt.timedelta(minutes=1))
    assert visit.client.post(at).status_code == 410
    assert address(visit) == "ada@example.org"
    with visit.database.transaction() as session:
        prune_moves(session, now=visit.clock.now())
        assert session.scalar(select(func.count()).select_from(AddressChange)) == 0


def test_an_address_somebody_has_already_looks_the_same_and_is_not_taken(visit):
    with visit.database.transaction() as session:
        make_subscriber(session, email=NEW, address_key=NEW)
    free = ask(visit, "nobody@else.example")
    taken = ask(visit, NEW)
    assert free.replace(visit.own_path, "") == taken.replace(visit.own_path, "")
    answer = visit.client.post(link(visit, notices(visit)[-1]))
    assert answer.status_code == 409
    assert "briefs go to this address already" in answer.text.lower()
    assert address(visit) == "ada@example.org"


def test_one_victim_gets_one_mail_however_often_it_is_asked(visit):
    for _ in range(MOST_A_DAY):
        ask(visit)
    assert len(notices(visit)) == 1
    answer = visit.client.post(f"{visit.own_path}/address", data={"email": "x@y.example"})
    assert answer.status_code == 429
    assert len(notices(visit)) == 1


@pytest.mark.parametrize(
    "email", ["", "ada", "a@b@c", "ada@x.example\r\nBcc: all@x.example", "<script>@x.example"]
)
def test_what_is_no_address_is_said_at_its_place(visit, email):
    answer = visit.client.post(f"{visit.own_path}/address", data={"email": email})
    assert answer.status_code == 400
    assert "is not an address mail can be sent to" in answer.text
    assert "<script>" not in answer.text.split("</head>")[1]
    assert notices(visit) == []


def test_their_own_address_asks_nobody(visit):
    ask(visit, "ADA@example.org")
    assert notices(visit) == []


def test_a_link_that_agrees_is_not_one_that_takes_back(visit):
    ask(visit)
    token = visit.signer.sign(Purpose.ADDRESS, notices(visit)[0].arguments["change_id"], 0)
    assert visit.client.post(f"/address/{token}").status_code == 404
    assert address(visit) == "ada@example.org"
