"""Signed links: each does its one thing, and looking at it changes nothing."""

import datetime as dt

import pytest

from service.tokens import Purpose, Signer
from tests.factories.web_visit import Visit, dump, open_site

BOT = {"User-Agent": "Mozilla/5.0 (compatible; LinkScanner/1.0)", "Purpose": "prefetch"}


@pytest.fixture
def visit(database, database_url, clock, tmp_path):
    with open_site(database, database_url, clock, tmp_path / "home") as visit:
        yield visit


def all_links(visit: Visit) -> list[str]:
    deeds = [visit.deed_path(deed) for deed in ("up", "down", "more", "save")]
    return ["/", "/help", visit.brief_path, visit.unsubscribe_path, visit.sign_in_path(), *deeds]


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_looking_at_any_link_changes_nothing(visit, method):
    links = all_links(visit)
    before = dump(visit.database)
    for link in [*links, *links]:
        answer = visit.client.request(method, link, headers=BOT)
        assert answer.status_code == 200, link
        assert "set-cookie" not in answer.headers
    assert dump(visit.database) == before


def test_a_link_made_for_one_thing_does_no_other(visit):
    people = visit.readership
    brief, leaving = people.brief_token(visit.signer), people.unsubscribe_token(visit.signer)
    manage = visit.signer.sign(Purpose.MANAGE, people.subscriber_id)
    before = dump(visit.database)
    for path in (
        f"/u/{brief}",
        f"/u/{manage}",
        f"/b/{leaving}",
        f"/b/{manage}",
        f"/b/{leaving}/{people.insight_ids[0]}/up",
        f"/signin/{brief}",
    ):
        assert visit.client.get(path).status_code == 404, path
        refused = visit.post(path, {"List-Unsubscribe": "One-Click"})
        assert refused.status_code in (404, 405), path
    assert dump(visit.database) == before


def test_every_flipped_bit_of_a_token_is_refused(visit):
    before = dump(visit.database)
    token = visit.readership.unsubscribe_token(visit.signer)
    for place, sign in enumerate(token):
        for other in {chr(ord(sign) ^ 1), "A", "_"} - {sign}:
            forged = token[:place] + other + token[place + 1 :]
            answer = visit.client.post(f"/u/{forged}", data={"List-Unsubscribe": "One-Click"})
            assert answer.status_code in (404, 405), forged
    assert dump(visit.database) == before


def test_a_neighbours_id_is_no_way_in(visit):
    stranger = Signer([b"another installation's key, just as long as ours"])
    people = visit.readership
    for token in (
        str(people.brief_id),
        people.brief_token(stranger),
        people.brief_token(visit.signer) + "A",
        "A" * 500,
        "..%2f..%2fetc%2fpasswd",
        "%00",
        "é",
    ):
        assert visit.client.get(f"/b/{token}").status_code == 404, token


def test_links_of_a_brief_end_after_three_months_and_leaving_never_does(visit):
    visit.clock.advance(dt.timedelta(days=91))
    expired = visit.client.get(visit.brief_path)
    assert expired.status_code == 410
    assert "no longer good" in expired.text
    assert visit.client.post(visit.deed_path("up")).status_code == 410
    assert visit.client.get(visit.unsubscribe_path).status_code == 200


def test_a_signed_date_out_of_the_calendar_is_a_bad_link(visit):
    token = visit.signer.sign(Purpose.BRIEF, 1, 2**40)
    assert visit.client.get(f"/b/{token}").status_code == 404


def test_a_brief_in_the_browser_shows_its_five_and_cannot_end_the_subscription(visit):
    page = visit.client.get(visit.brief_path)
    for finding in ("Bees count to four", "Why tall ships had square holes"):
        assert finding in page.text
    assert visit.readership.unsubscribe_token(visit.signer) not in page.text
    assert "/u/" not in page.text
    assert "/help#leave" in page.text
    assert "script" not in page.headers["content-security-policy"]
    assert page.headers["referrer-policy"] == "no-referrer"
    assert page.headers["cache-control"] == "no-store"
    assert "noindex" in page.headers["x-robots-tag"]


def test_a_brief_that_is_gone_is_told_so(visit):
    token = visit.signer.sign(Purpose.BRIEF, 999, visit.readership.local_date.toordinal())
    answer = visit.client.get(f"/b/{token}")
    assert answer.status_code == 404
    assert "There is nothing at this address." in answer.text
