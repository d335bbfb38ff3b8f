"""No secret, address, URL password or signed link is ever in the log, in either form."""

import io
import json
import logging
import sys
from collections.abc import Callable, Iterator

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from service.log import log, redacted, set_up_logging
from service.tokens import Purpose, Signer

TOKEN = Signer([b"k" * 40]).sign(Purpose.UNSUBSCRIBE, 17, 739_942)
ADDRESS = "ada.lind+daily@mail.example.co.uk"
LEAKS = ("hunter2", "ada.lind", "example.co.uk", TOKEN)
TEXTS = [
    f"550 5.1.1 <{ADDRESS}>: no such user",
    f"to={ADDRESS}, from=<{ADDRESS}>",
    f"'{ADDRESS}' \"{ADDRESS}\" ({ADDRESS})",
    "smtp+starttls://ana:hunter2@mail.example.org:587",
    "postgresql+psycopg://podbrief:hunter2@db.example.org/podbrief?connect_timeout=3",
    "redis://:hunter2@broker:6379/0 and redis://user:hunter2@broker",
    f"GET https://brief.example.org/b/{TOKEN}/12/up HTTP/1.1",
    f"POST /u/{TOKEN}",
    f"/signin/{TOKEN}?next=/admin",
]

Written = Callable[[], str]


@pytest.fixture(params=["console", "json"])
def written(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Written]:
    """Set logging up in one form; what was written is read by calling the fixture."""
    root = logging.getLogger()
    before = root.handlers, root.level
    quiet = {name: logging.getLogger(name).level for name in ("httpx", "httpcore", "kombu")}
    screen = io.StringIO()
    monkeypatch.setattr(sys, "stderr", screen)
    set_up_logging(level="debug", style=request.param)
    yield screen.getvalue
    root.handlers, root.level = before
    for name, level in quiet.items():
        logging.getLogger(name).setLevel(level)
    structlog.contextvars.clear_contextvars()
    structlog.reset_defaults()


def event_log() -> structlog.stdlib.BoundLogger:
    """Return a logger that has not yet been bound to another test's screen."""
    fresh: structlog.stdlib.BoundLogger = structlog.get_logger()
    return fresh


def assert_clean(text: str) -> None:
    assert text
    assert not [leak for leak in LEAKS if leak in text]


@pytest.mark.parametrize("text", TEXTS)
def test_what_is_told_by_its_form_is_blanked_wherever_it_stands(written: Written, text: str):
    event_log().info("reply_seen", reply=text)
    event_log().warning(text)
    logging.getLogger("library").warning("it said: %s", text)
    assert_clean(written())
    assert written().count("reply_seen") == 1


@pytest.mark.parametrize(
    "field",
    [
        "password",
        "smtp_password",
        "Secret",
        "token",
        "server_token",
        "Authorization",
        "cookie",
        "set_cookie",
        "api_key",
        "apikey",
        "secret_key",
    ],
)
def test_what_is_told_by_its_name_is_blanked_whatever_its_type(written: Written, field: str):
    for value in ("hunter2", b"hunter2", ["hunter2"], {"inner": "hunter2"}):
        event_log().info("signed_in", **{field: value})
    assert_clean(written())


@pytest.mark.parametrize(
    "value",
    [
        [ADDRESS],
        (1, ADDRESS),
        {"recipient": ADDRESS},
        {"deep": [{"deeper": ADDRESS}]},
        {"password": "hunter2"},
        {ADDRESS},
        ADDRESS.encode(),
        ValueError(f"no mailbox {ADDRESS}"),
    ],
    ids=["list", "tuple", "mapping", "nested", "named", "set", "bytes", "error"],
)
def test_what_is_inside_a_value_is_blanked_too(written: Written, value: object):
    event_log().info("mail_seen", value=value)
    assert_clean(written())


def test_arguments_of_a_sentence_are_blanked(written: Written):
    event_log().info("mail for %s", ADDRESS)
    assert_clean(written())


def test_what_was_bound_before_is_blanked(written: Written):
    structlog.contextvars.bind_contextvars(reader=ADDRESS)
    event_log().bind(url=f"/b/{TOKEN}").info("page_seen")
    assert_clean(written())


def fail() -> None:
    address, secret = ADDRESS, "hunter2"
    raise ConnectionError(f"smtp://{address}:{secret}@mail.example.org refused {address}")


def test_exceptions_are_told_with_their_trace_and_without_addresses(written: Written):
    try:
        fail()
    except ConnectionError:
        event_log().exception("send_crashed")
        logging.getLogger("library").exception("it broke")
    assert "ConnectionError" in written()
    assert "Traceback" in written()
    assert_clean(written())


def test_a_chain_of_exceptions_is_clean_to_its_root(written: Written):
    try:
        try:
            fail()
        except ConnectionError as error:
            raise RuntimeError(f"gave up on {ADDRESS}") from error
    except RuntimeError:
        event_log().exception("send_crashed")
    assert written().count("Traceback") == 2
    assert_clean(written())


def test_a_stack_that_was_asked_for_is_clean(written: Written):
    logging.getLogger("library").warning("stack of %s", ADDRESS, stack_info=True)
    assert_clean(written())


def test_what_is_worth_knowing_stays(written: Written):
    event_log().info("wave_settled", brief_id=17, seconds=0.25, code=250, reply="2.0.0 Ok: queued")
    for kept in ("wave_settled", "17", "0.25", "250", "2.0.0 Ok: queued"):
        assert kept in written()


@pytest.mark.parametrize("written", ["json"], indirect=True)
def test_the_json_form_is_one_object_a_line(written: Written):
    event_log().info("one", text="two\nlines")
    logging.getLogger("library").warning("two")
    lines = [json.loads(line) for line in written().splitlines()]
    assert [line["event"] for line in lines] == ["one", "two"]
    assert {line["level"] for line in lines} == {"info", "warning"}


@given(
    st.from_regex(r"[a-z0-9.+_-]{1,20}", fullmatch=True),
    st.from_regex(r"[a-z0-9]{1,10}(\.[a-z]{2,6}){1,2}", fullmatch=True),
    st.sampled_from(["{}", "<{}>", "to {}: gone", "({})", "mailto:{}", "a={};", "{}, {}", '"{}"']),
)
def test_no_address_of_any_form_survives(local: str, domain: str, around: str):
    address = f"{local}@{domain}"
    assert address not in redacted(around.format(address, address))


@given(st.from_regex(r"[A-Za-z0-9._~!$&*+,;=%-]{3,30}", fullmatch=True))
def test_no_password_of_a_url_survives(password: str):
    text = redacted(f"cannot reach smtp://ana:{password}@mail:587/ today")
    assert text == "cannot reach smtp://ana:[redacted]@mail:587/ today"


def test_the_shared_logger_is_the_one_that_is_set_up(written: Written):
    log.bind(reader=ADDRESS).info("shared_logger_seen")
    assert "shared_logger_seen" in written()
    assert_clean(written())
