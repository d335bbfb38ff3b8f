"""Links to confirm that are none, and choices that are none: nothing is confirmed."""

import datetime as dt
from urllib.parse import quote

import pytest
from sqlalchemy import select

from service.audience.models import Subscriber, Subscription
from service.tokens import Purpose, Signer
from tests.factories.store import make_list
from tests.factories.web_visit import Visit, dump

API = "/api/lists/daily/sign-up"
BO = "bo@example.org"


@pytest.fixture
def visit(open_with):
    return open_with()


def waiting(visit: Visit, email: str = BO, slug: str = "daily") -> Subscription:
    """Let somebody ask for a list; return their subscription."""
    visit.post(f"/l/{slug}/sign-up", {"email": email})
    with visit.database.reading() as session:
        return session.scalars(
            select(Subscription)
            .join(Subscriber, Subscriber.id == Subscription.subscriber_id)
            .where(Subscriber.address_key == email)
            .order_by(Subscription.id.desc())
        ).one()


def agreed(visit: Visit, path: str) -> str:
    return visit.client.get(path).text.split('name="agreed" value="')[1].split('"')[0]


def test_links_that_are_forged_swapped_or_over_confirm_nothing(visit, clock):
    asked = waiting(visit)
    good = visit.signer.sign(Purpose.CONFIRM, asked.id)
    flipped = [
        good[:at] + ("A" if good[at] != "A" else "B") + good[at + 1 :] for at in range(len(good))
    ]
    soon = clock.now() + dt.timedelta(hours=1)
    old = visit.signer.sign(
        Purpose.CONFIRM, asked.id, expires_at=clock.now() - dt.timedelta(days=1)
    )
    foreign = Signer([b"another key, of 32 characters...."]).sign(Purpose.CONFIRM, asked.id)
    swapped = [
        visit.signer.sign(purpose, asked.id, expires_at=soon)
        for purpose in Purpose
        if purpose is not Purpose.CONFIRM
    ]
    longer = visit.signer.sign(Purpose.CONFIRM, asked.id, 1)
    gone = visit.signer.sign(Purpose.CONFIRM, 10**15)
    data = {"topic": ["ai", "bees"], "agreed": agreed(visit, f"/confirm/{good}")}
    before = dump(visit.database)
    for token in (*flipped, foreign, *swapped, longer, good[:-3], quote("<script>"), "x" * 5000):
        assert visit.client.get(f"/confirm/{token}").status_code == 404
        assert visit.client.post(f"/confirm/{token}", data=data).status_code == 404
    for token in (old, gone):
        assert visit.client.get(f"/confirm/{token}").status_code == 410
        answer = visit.client.post(f"/confirm/{token}", data=data)
        assert answer.status_code == 410
        assert "ask for the list again" in answer.text
    assert dump(visit.database) == before


def test_nobody_can_confirm_what_is_waiting_for_somebody_else(visit):
    with visit.database.transaction() as session:
        make_list(session, slug="second")
    theirs = waiting(visit, "eve@example.org", "second")
    mine = waiting(visit)
    path = f"/confirm/{visit.signer.sign(Purpose.CONFIRM, mine.id)}"
    data = {"topic": ["ai", "bees"], "besides": [str(theirs.id)], "agreed": agreed(visit, path)}
    assert visit.client.post(path, data=data).status_code == 200
    with visit.database.reading() as session:
        assert session.get_one(Subscription, mine.id).status == "active"
        assert session.get_one(Subscription, theirs.id).status == "pending"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *(("hour", bad) for bad in ("24", "-1", "x", "7:30", "١")),
        *(("timezone", bad) for bad in ("Mars/Olympus", "../../etc/passwd", "", "x" * 500)),
        *(("frequency", bad) for bad in ("hourly", "days", "")),
        *(("topic", bad) for bad in ("ai", "no-such-topic", "' OR 1=1 --")),
        ("agreed", "000000000000"),
    ],
)
def test_choices_that_are_none_are_asked_for_again(visit, field, value):
    mine = waiting(visit)
    path = f"/confirm/{visit.signer.sign(Purpose.CONFIRM, mine.id)}"
    data = {"topic": ["ai", "bees"], "hour": "6", "timezone": "Europe/Paris", "frequency": "daily"}
    data |= {"agreed": agreed(visit, path), field: value}
    answer = visit.client.post(path, data=data)
    assert answer.status_code == (200 if field == "agreed" else 422)
    assert "Yes, send it to me" in answer.text
    with visit.database.reading() as session:
        assert session.get_one(Subscription, mine.id).status == "pending"
