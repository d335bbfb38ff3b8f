"""Sign-up for other sites' scripts: faults by field, and one answer for everybody."""

import pytest

from service.audience.models import Suppression
from tests.factories.asking import owed

API = "/api/lists/daily/sign-up"
BO = "bo@example.org"


@pytest.fixture
def visit(open_with):
    return open_with()


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b'{"email": "bo@example.org"}', 202),
        (b'{"email": "bo@example.org", "lang": "fr"}', 202),
        (b'{"email": "bo@example.org", "is_admin": true}', 422),
        (b'{"email": ["bo@example.org"]}', 422),
        (b'{"email": null}', 422),
        (b'{"\\ud800": 1, "email": "bo@example.org"}', 422),
        (b'{"email": "\\ud800@example.org"}', 422),
        (b"[]", 422),
        (b"", 422),
        (b"\xff\xfe", 422),
        (b"[" * 9_000, 422),
        (b"NaN", 422),
    ],
)
def test_a_script_is_told_what_is_wrong_by_field(visit, body, code):
    answer = visit.client.post(API, content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == code, answer.text
    assert len(owed(visit.database)) == (code == 202)
    assert ("errors" in answer.json()) == (code == 422)


def test_scripts_get_one_answer_for_everybody(visit, clock):
    with visit.database.transaction() as session:
        session.add(
            Suppression(address_key="g@example.org", reason="b", source="x", since=clock.now())
        )
    answers = {
        (answer.status_code, answer.text)
        for email in ("ada@example.org", BO, BO, "g@example.org")
        if (answer := visit.client.post(API, json={"email": email}))
    }
    assert len(answers) == 1
    meant = visit.client.post(API, json={"email": "bo@gmial.com"})
    assert (meant.status_code, meant.json()["did_you_mean"]) == (202, "bo@gmail.com")


@pytest.mark.parametrize(
    ("allowed", "origin", "told"),
    [
        ("", "https://blog.example", None),
        ("https://blog.example", "https://blog.example", "https://blog.example"),
        ("https://blog.example", "https://evil.example", None),
        ("https://blog.example", "https://blog.example.evil.example", None),
        ("*", "https://anybody.example", "*"),
    ],
)
def test_other_sites_scripts_may_read_the_answer_where_the_setting_says(
    open_with, allowed, origin, told
):
    visit = open_with(allow_origins=allowed)
    headers = {"Origin": origin}
    for answer in (
        visit.client.request("OPTIONS", API, headers=headers),
        visit.client.post(API, json={"email": BO}, headers=headers),
        visit.client.post(API, json={"email": "no"}, headers=headers),
    ):
        assert answer.headers.get("access-control-allow-origin") == told
        assert "access-control-allow-credentials" not in answer.headers
