"""Links to one person's own pages: theirs alone, for their time, for one purpose."""

import datetime as dt

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update
from starlette.routing import Route

from service.audience.models import Interest, Subscriber, Subscription
from service.rendering.links import BRIEF_LINKS_LAST, feed_token
from service.tokens import Purpose
from service.web.app import ROUTERS
from tests.factories.store import make_list, make_subscription
from tests.factories.web_visit import ADDRESS, Visit, open_site

WISH = {"hour": "3", "timezone": "Asia/Tokyo", "frequency": "weekdays"}


@pytest.fixture
def visit(database, database_url, clock, tmp_path):
    with open_site(database, database_url, clock, tmp_path / "home") as visit:
        yield visit


def everything(visit: Visit) -> list[tuple[object, ...]]:
    """Return every row that these pages could have changed."""
    found: list[tuple[object, ...]] = []
    with visit.database.reading() as session:
        for table in (Subscriber, Subscription, Interest):
            columns = list(table.__table__.columns)
            found += sorted(map(tuple, session.execute(select(*columns))), key=repr)
    return found


def own_routes() -> list[Route]:
    routes = [route for router in ROUTERS for route in router.routes]
    return [
        route
        for route in routes
        if isinstance(route, Route) and route.path.startswith("/me/{token}")
    ]


def filled(route: Route, path: str) -> str:
    return path + route.path.removeprefix("/me/{token}").replace("{slug}", "daily").replace(
        "{insight_id}", "1"
    ).replace("{topic_id}", "1")


def test_a_flipped_bit_opens_nothing_and_says_what_to_do(visit):
    token = visit.own_path.removeprefix("/me/")
    before = everything(visit)

    @settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.integers(0, len(token) - 1), st.sampled_from("AZaz09-_"))
    def flip(place: int, letter: str) -> None:
        forged = token[:place] + letter + token[place + 1 :]
        if forged == token:
            return
        assert visit.client.get(f"/me/{forged}").status_code == 404
        answer = visit.client.post(f"/me/{forged}/lists/daily/wish", data=WISH)
        assert answer.status_code == 404
        assert "Open it from the mail itself" in answer.text.replace("\n", " ")

    flip()
    assert everything(visit) == before


def test_tokens_for_other_purposes_open_no_page_of_theirs(visit):
    people = visit.readership
    ids = people.subscriber_id, 0
    others = [
        visit.brief_path.removeprefix("/b/"),
        visit.unsubscribe_path.removeprefix("/u/"),
        feed_token(visit.signer, subscriber_id=people.subscriber_id, feed_number=0),
        *(visit.signer.sign(purpose, *ids) for purpose in Purpose if purpose != Purpose.MANAGE),
    ]
    for token in others:
        for route in own_routes():
            for method in sorted(route.methods or ()):
                answer = visit.client.request(method, filled(route, f"/me/{token}"))
                assert answer.status_code == 404, (route.path, method)


def test_an_old_link_gets_a_friendly_page_with_the_way_to_a_new_one(visit):
    path = visit.own_path
    visit.clock.advance(BRIEF_LINKS_LAST + dt.timedelta(days=1))
    page = visit.client.get(path)
    assert page.status_code == 410
    assert 'href="/preferences"' in page.text
    assert visit.client.post(f"{path}/lists/daily/wish", data=WISH).status_code == 410


def test_raising_the_number_takes_every_link_back(visit):
    old = visit.own_path
    with visit.database.transaction() as session:
        session.execute(update(Subscriber).values(link_number=Subscriber.link_number + 1))
    before = everything(visit)
    for route in own_routes():
        for method in sorted(route.methods or ()):
            answer = visit.client.request(method, filled(route, old))
            assert answer.status_code == 410, (route.path, method)
    assert everything(visit) == before
    assert visit.client.get(visit.own_path).status_code == 200


def test_a_link_of_somebody_gone_answers_like_an_old_one(visit):
    path = visit.own_path
    with visit.database.transaction() as session:
        session.delete(session.get_one(Subscriber, visit.readership.subscriber_id))
    assert visit.client.get(path).status_code == 410


def test_no_id_in_a_body_or_path_reaches_somebody_else(visit):
    with visit.database.transaction() as session:
        other_list = make_list(session, slug="others")
        theirs = make_subscription(session, other_list)
        both = make_subscription(session, session.get_one(type(other_list), 1))
        other_ids = theirs.subscriber_id, both.subscriber_id, theirs.id, both.id
    ids = {
        name: str(number)
        for number in other_ids
        for name in ("id", "subscriber_id", "subscription_id", "email", "token")
    }
    mine = visit.readership.subscriber_id
    path = visit.own_path
    assert visit.client.post(f"{path}/lists/others/wish", data=WISH).status_code == 404
    for route in own_routes():
        if "POST" in (route.methods or ()) and "erase" not in route.path:
            visit.client.post(filled(route, path), data=ids | {"until": "2026-12-24"} | WISH)
    with visit.database.reading() as session:
        for subscription in session.scalars(
            select(Subscription).where(Subscription.subscriber_id != mine)
        ):
            assert (subscription.status, subscription.hour) == ("active", 7)


def test_looking_changes_nothing(visit):
    before = everything(visit)
    for route in own_routes():
        if "GET" in (route.methods or ()):
            for query in ("", "?resume=yes&for_good=yes&undo=yes&hour=3&may_track=yes"):
                visit.client.get(filled(route, visit.own_path) + query)
                visit.client.request("HEAD", filled(route, visit.own_path) + query)
    assert everything(visit) == before


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": f"{ADDRESS}.evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Origin": "null", "Sec-Fetch-Site": "cross-site"},
    ],
)
def test_a_form_of_another_site_is_refused(visit, headers):
    before = everything(visit)
    for route in own_routes():
        if "POST" in (route.methods or ()):
            answer = visit.client.post(filled(route, visit.own_path), data=WISH, headers=headers)
            assert answer.status_code == 403, route.path
    assert everything(visit) == before


@pytest.mark.parametrize(
    "headers", [{}, {"Origin": ADDRESS}, {"Origin": "null", "Sec-Fetch-Site": "same-origin"}]
)
def test_a_form_of_our_own_page_is_taken(visit, headers):
    path = f"{visit.own_path}/lists/daily/wish"
    answer = visit.client.post(path, data=WISH, headers=headers, follow_redirects=False)
    assert answer.status_code == 303


def test_pages_of_theirs_tell_nobody_where_they_are(visit):
    for route in own_routes():
        if "GET" in (route.methods or ()):
            answer = visit.client.get(filled(route, visit.own_path))
            assert answer.headers["referrer-policy"] == "no-referrer", route.path
            assert "noindex" in answer.headers["x-robots-tag"]
            assert answer.headers["cache-control"] == "no-store"


def test_the_way_back_after_a_form_stays_on_our_own_site(visit):
    answer = visit.client.post(
        f"{visit.own_path}/lists/daily/wish",
        data=WISH | {"next": "//evil.example", "return": "https://evil.example"},
        headers={"Host": "127.0.0.1:8000", "X-Forwarded-Host": "evil.example"},
        follow_redirects=False,
    )
    assert answer.headers["location"].startswith(f"{visit.own_path}?done=wish")
