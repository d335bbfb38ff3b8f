"""The door Postmark knocks at: closed unless set, for Postmark alone, and 200 once it is stored."""

import json
import threading
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from service.config import Settings
from service.db.database import Database
from service.editions.models import Brief
from service.feedback.event_models import DeliveryEvent
from service.log import redacted
from service.web.app import create_app
from service.web.security import LONGEST_BODY, LONGEST_REPORT
from tests.factories.postmark_reports import NAMES, report
from tests.factories.told import Told, make_told
from tests.factories.web_visit import ADDRESS, NO_BROKER, Browser

SECRET = "s3cret-of-at-least-24-characters"
DOOR = f"/webhooks/postmark/{SECRET}"


@pytest.fixture
def told(database, clock) -> Told:
    return make_told(database, clock)


@dataclass
class Door:
    browser: Browser
    database: Database

    def post(self, path: str = DOOR, body: bytes | None = None, **options: Any) -> httpx.Response:
        content = json.dumps(report("delivery")).encode() if body is None else body
        return self.browser.post(path, content=content, **options)

    def kinds(self) -> list[str]:
        with self.database.reading() as session:
            return list(session.scalars(select(DeliveryEvent.kind).order_by(DeliveryEvent.id)))


@pytest.fixture
def open_door(database, database_url, clock, told, tmp_path) -> Iterator[Any]:
    apps = []

    def open_door(**webhook: str) -> Door:
        settings = Settings(
            home=tmp_path / "home",
            database={"url": database_url},
            broker={"url": NO_BROKER},
            webhook=webhook,
            _env_file=None,
        )
        apps.append(create_app(settings, clock=clock))
        return Door(Browser(apps[-1], ADDRESS), database)

    yield open_door
    for app in apps:
        app.state.site.database.dispose()


@pytest.fixture
def door(open_door) -> Door:
    found: Door = open_door(postmark_secret=SECRET)
    return found


def test_a_report_is_answered_when_it_is_stored_and_again_when_it_is_repeated(door, told):
    assert door.post().status_code == 200
    assert door.kinds() == ["delivered"]
    assert told.brief().state == "accepted"
    repeat = door.post()
    assert (repeat.status_code, door.kinds()) == (200, ["delivered"])


@pytest.mark.parametrize("name", NAMES)
def test_every_documented_report_is_taken(door, name):
    assert door.post(body=json.dumps(report(name)).encode()).status_code == 200
    assert len(door.kinds()) == 1


def test_a_report_we_have_no_word_for_is_taken_too(door):
    assert door.post(body=b'{"RecordType": "Teleported"}').status_code == 200
    assert door.kinds() == ["unknown"]


def test_the_door_is_closed_unless_it_was_set(open_door):
    door = open_door()
    for secret in (SECRET, "None", "x"):
        assert door.post(f"/webhooks/postmark/{secret}").status_code == 404
    assert door.post("/webhooks/postmark/").status_code == 404
    assert door.kinds() == []


@pytest.mark.parametrize("secret", ["x", SECRET[:-1], f"{SECRET}x", SECRET.upper(), "%C3%A4"])
def test_a_wrong_secret_is_refused_so_that_postmark_tries_again(door, secret):
    assert door.post(f"/webhooks/postmark/{secret}").status_code == 401  # it gives up on 403
    assert door.kinds() == []


@pytest.mark.parametrize(
    ("authorization", "status"),
    [
        (None, 401),
        ("Basic", 401),
        ("Basic !!!", 401),
        ("Bearer cG9zdG1hcms6cGFzcw==", 401),
        ("Basic cG9zdG1hcms6d3Jvbmc=", 401),  # postmark:wrong
        ("Basic cG9zdG1hcms6cGFzcw==", 200),  # postmark:pass
        ("basic cG9zdG1hcms6cGFzcw==", 200),
    ],
)
def test_a_name_and_password_are_asked_for_besides_if_they_are_set(
    open_door, authorization, status
):
    door = open_door(postmark_secret=SECRET, postmark_sign_in="postmark:pass")
    headers = {"Authorization": authorization} if authorization else {}
    answer = door.post(headers=headers)
    assert answer.status_code == status
    assert ("www-authenticate" in answer.headers) == (status == 401)
    assert len(door.kinds()) == (status == 200)


def test_a_password_does_not_open_what_the_secret_closes(open_door):
    door = open_door(postmark_secret=SECRET, postmark_sign_in="postmark:pass")
    answer = door.post(
        "/webhooks/postmark/x", headers={"Authorization": "Basic cG9zdG1hcms6cGFzcw=="}
    )
    assert answer.status_code == 401


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"7", b"null", b'"x"', b"\xff\xfe", b"[" * 100_000, b'{"a":' * 100_000],
    ids=["none", "cut", "array", "number", "null", "text", "bytes", "deep", "deeper"],
)
def test_what_is_no_json_object_is_refused(door, body):
    assert door.post(body=body).status_code == 400
    assert door.kinds() == []


def test_a_report_may_be_larger_than_a_form_but_not_vast(door):
    large = json.dumps(report("bounce_hard", Content="x" * 2 * LONGEST_BODY)).encode()
    assert door.post(body=large).status_code == 200
    vast = json.dumps(report("bounce_hard", Content="x" * LONGEST_REPORT)).encode()
    assert door.post(body=vast).status_code == 413
    assert len(door.kinds()) == 1


def test_a_vast_body_without_a_length_is_stopped_on_its_way(door):
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(LONGEST_REPORT // 500_000 + 1):
            yield b" " * 500_000

    assert door.browser.post(DOOR, content=pieces()).status_code == 413


def test_looking_at_the_door_tells_nothing(door):
    assert door.browser.get(DOOR).status_code == 405
    assert door.kinds() == []


def test_nothing_is_answered_200_that_is_not_in_the_store(door, database):
    with database.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE delivery_events RENAME TO gone")
    assert door.post().status_code >= 500


def test_the_secret_is_in_no_log():
    assert SECRET not in redacted(f"POST {DOOR} 200")


def test_hostile_text_of_a_report_is_kept_as_text(door, told):
    hostile = report("bounce_soft", Details="<script>alert(1)</script>\x00\u2028", Name="\ud800")
    assert door.post(body=json.dumps(hostile).encode()).status_code == 200
    (event,) = told.events()
    assert "<script>" in event.detail
    assert event.detail.isprintable()


def test_a_report_that_comes_twice_at_once_is_stored_once(door, told):
    both = threading.Barrier(2)
    answers = []

    def post() -> None:
        both.wait(timeout=30)
        answers.append(door.post(body=json.dumps(report("bounce_hard")).encode()).status_code)

    threads = [threading.Thread(target=post) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert answers == [200, 200]
    assert door.kinds() == ["bounced"]
    with told.database.reading() as session:
        assert session.scalar(select(Brief.state).where(Brief.id == 1)) == "accepted"
