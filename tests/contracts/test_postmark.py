"""Postmark: the documented wire format, each error code, each break, and the look-up afterwards."""

import datetime as dt
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from service.errors import UnavailableError
from service.sending.outcome import Blame, Question, Verdict
from service.sending.resolve import ASKABLE, Answers
from service.sending.transports.postmark import LARGEST_ANSWER, PostmarkTransport
from service.sending.transports.postmark_wire import judge_result, result_of
from service.setting_groups import PostmarkSettings
from tests.factories.outgoing import FixedContent, message, messages
from tests.factories.postmark_fake import PostmarkFake, Trouble
from tests.factories.smtp_transport import send

PAYLOADS = Path(__file__).parent.parent / "payloads" / "postmark"
DEFERRED, FAILED, IN_DOUBT = Verdict.DEFERRED, Verdict.FAILED, Verdict.IN_DOUBT
SINCE = dt.datetime.now(dt.UTC)
FIRST = Question(delivery_id=1, attempt=1, recipient="p1@example.org", since=SINCE)


@pytest.fixture
def fake() -> Iterator[PostmarkFake]:
    with PostmarkFake() as postmark:
        yield postmark


def transport_to(
    fake: PostmarkFake, *, batch_size: int = 50, token: str = "server-token", url: str = ""
) -> PostmarkTransport:
    settings = PostmarkSettings(
        token=SecretStr(token), url=url or fake.url, batch_size=batch_size, stream="broadcast"
    )
    client = httpx.Client(trust_env=False, timeout=httpx.Timeout(2, read=0.3))
    return PostmarkTransport(client, settings)


@pytest.fixture
def transport(fake) -> Iterator[PostmarkTransport]:
    transport = transport_to(fake)
    yield transport
    transport.close()


def test_a_message_has_the_documented_fields(fake, transport):
    send(transport, message(7, attempt=2, recipient="ana@example.org"))
    (mail,) = fake.taken
    del mail["MessageID"], mail["ReceivedAt"]
    assert mail == json.loads((PAYLOADS / "batch_item.json").read_text("utf-8"))


def test_a_notice_goes_by_the_transactional_stream_under_a_reference_no_brief_has(fake, transport):
    send(transport, message(7), message(7, transactional=True))
    assert [(mail["MessageStream"], mail["Metadata"]["delivery"]) for mail in fake.taken] == [
        ("broadcast", "7.1"),
        ("outbound", "notice.7.1"),
    ]


def test_headers_that_postmark_writes_itself_are_left_to_it(fake, transport):
    headers = (("Date", "now"), ("MIME-Version", "1.0"), ("From", "x"), ("X-Ours", "stays"))
    content = FixedContent(recipient="p1@example.org", headers=headers)
    (outcome,) = send(transport, message(content=content))
    assert outcome.verdict is Verdict.ACCEPTED
    assert fake.taken[0]["Headers"] == [{"Name": "X-Ours", "Value": "stays"}]


def test_calls_are_no_larger_than_the_batch_size(fake):
    transport = transport_to(fake, batch_size=10)
    send(transport, *messages(25))
    transport.close()
    assert fake.calls == [10, 10, 5]


@pytest.mark.parametrize(
    ("code", "text", "verdict", "blame"),
    [
        (0, "OK", Verdict.ACCEPTED, None),
        (10, "Bad or missing Server API token.", DEFERRED, Blame.ROUTE),
        (100, "Maintenance", DEFERRED, Blame.ROUTE),
        (300, "Invalid 'To' address: 'x'.", FAILED, Blame.ADDRESS),
        (300, "Error parsing 'To': Illegal email domain", FAILED, Blame.ADDRESS),
        (300, "Invalid 'From' address: 'x'.", DEFERRED, Blame.SENDER),
        (300, "Header 'Date' not allowed.", FAILED, Blame.MESSAGE),
        (400, "Sender signature not found", DEFERRED, Blame.SENDER),
        (401, "Sender signature not confirmed", DEFERRED, Blame.SENDER),
        (405, "Not allowed to send", DEFERRED, Blame.SENDER),
        (406, "Inactive recipient", FAILED, Blame.ADDRESS),
        (412, "Account is pending", DEFERRED, Blame.SENDER),
        (413, "Account may not send", DEFERRED, Blame.SENDER),
        (429, "Rate limit exceeded", DEFERRED, Blame.ROUTE),
        (1235, "No such stream", DEFERRED, Blame.ROUTE),
        (9999, "Never seen", FAILED, Blame.MESSAGE),
    ],
)
def test_an_error_code_of_one_message_is_judged(code, text, verdict, blame):
    assert judge_result(code, text) == (verdict, blame)


def test_a_delayed_message_without_an_error_code_is_taken():
    answer = json.loads((PAYLOADS / "delayed_result.json").read_text("utf-8"))
    outcome = result_of(message(), answer)
    assert outcome.verdict is Verdict.ACCEPTED
    assert outcome.provider_id == answer["MessageID"]


def test_a_stream_that_does_not_exist_is_the_routes_fault(fake, transport):
    fake.streams.remove("broadcast")
    assert {outcome.blame for outcome in send(transport, *messages(3))} == {Blame.ROUTE}


def test_a_wrong_token_is_the_routes_fault_and_stays_secret(fake):
    transport = transport_to(fake, token="wr0ng")
    outcomes = send(transport, *messages(2))
    transport.close()
    assert {(outcome.verdict, outcome.blame, outcome.code) for outcome in outcomes} == {
        (DEFERRED, Blame.ROUTE, 401)
    }
    assert "wr0ng" not in repr(outcomes)


@pytest.mark.parametrize("taken", [False, True])
@pytest.mark.parametrize(
    ("trouble", "verdict", "blame"),
    [
        *[({"status": status}, IN_DOUBT, Blame.ROUTE) for status in (408, 409, 500, 502, 503, 504)],
        ({"drop": True}, IN_DOUBT, Blame.ROUTE),
        ({"silent": True}, IN_DOUBT, Blame.ROUTE),
    ],
)
def test_a_call_that_may_have_been_taken_is_in_doubt_until_it_is_looked_up(
    fake, transport, trouble, verdict, blame, taken
):
    fake.fail(Trouble(**trouble, take=taken))
    outcomes = send(transport, *messages(3))
    assert [(outcome.verdict, outcome.blame) for outcome in outcomes] == [(verdict, blame)] * 3
    assert len(fake.taken) == (3 if taken else 0), "nothing is tried again"
    found = transport.look_up(FIRST)
    if taken:
        assert found is not None
        assert found.verdict is Verdict.ACCEPTED
        assert found.provider_id == fake.taken[0]["MessageID"]
    else:
        assert found is None


@pytest.mark.parametrize(
    ("status", "verdict", "blame"),
    [
        (301, DEFERRED, Blame.ROUTE),
        (307, DEFERRED, Blame.ROUTE),
        (400, FAILED, Blame.MESSAGE),
        (401, DEFERRED, Blame.ROUTE),
        (403, DEFERRED, Blame.ROUTE),
        (404, DEFERRED, Blame.ROUTE),
        (413, FAILED, Blame.MESSAGE),
        (422, FAILED, Blame.MESSAGE),
        (429, DEFERRED, Blame.ROUTE),
    ],
)
def test_a_call_that_was_refused_is_known_not_sent(fake, transport, status, verdict, blame):
    location = (("Location", f"{fake.url}/email/batch"),)
    fake.fail(Trouble(status=status, headers=location, body=b"<html>no</html>"))
    outcomes = send(transport, *messages(2))
    assert [(outcome.verdict, outcome.blame) for outcome in outcomes] == [(verdict, blame)] * 2
    assert fake.taken == []


def test_a_rate_limit_says_when_to_come_back(fake, transport):
    fake.fail(Trouble(status=429, headers=(("Retry-After", "17"),)))
    (outcome,) = send(transport, message())
    assert outcome.retry_after_seconds == 17


def test_an_error_of_the_whole_call_suppresses_nobody(fake, transport):
    body = b'{"ErrorCode": 406, "Message": "inactive"}'
    fake.fail(Trouble(status=422, body=body))
    assert {outcome.blame for outcome in send(transport, *messages(2))} == {Blame.MESSAGE}


@pytest.mark.parametrize(
    "body",
    [b"", b"thanks", b"{}", b"[]", b"[1,2]", b"[" + b" " * LARGEST_ANSWER + b"]", b'[{"x":1}]'],
    ids=["empty", "text", "object", "none", "numbers", "huge", "too few"],
)
def test_a_yes_that_cannot_be_read_is_a_yes_without_an_id(fake, transport, body):
    fake.fail(Trouble(body=body))
    outcomes = send(transport, *messages(2))
    assert [outcome.verdict for outcome in outcomes] == [Verdict.ACCEPTED] * 2
    assert [outcome.provider_id for outcome in outcomes] == [None] * 2


def test_a_host_that_cannot_be_reached_is_known_not_sent(fake):
    transport = transport_to(fake, url="http://127.0.0.1:1")
    (outcome,) = send(transport, message())
    transport.close()
    assert (outcome.verdict, outcome.blame, outcome.stage) == (DEFERRED, Blame.ROUTE, "request")


def test_a_name_before_the_at_that_is_not_ascii_is_refused_here(fake, transport):
    (outcome,) = send(transport, message(recipient="zoë@example.org"))
    assert (outcome.verdict, outcome.blame) == (FAILED, Blame.ADDRESS)
    assert fake.calls == []


def test_a_search_asks_for_our_stream_and_our_delivery(fake, transport):
    send(transport, message(5, attempt=3))
    since = dt.datetime(2026, 11, 21, 3, tzinfo=dt.UTC)
    transport.look_up(Question(delivery_id=5, attempt=3, recipient="p5@example.org", since=since))
    assert fake.searches == [
        {
            "recipient": "p5@example.org",
            "count": "50",
            "offset": "0",
            "messagestream": "broadcast",
            "metadata_delivery": "5.3",
            "fromdate": "2026-11-20",
        }
    ]


def test_a_notice_is_searched_for_in_its_own_stream_and_is_no_brief(fake, transport):
    fake.fail(Trouble(status=503, take=True))
    send(transport, message(1, transactional=True))

    assert transport.look_up(FIRST) is None
    found = transport.look_up(replace(FIRST, is_notice=True))
    assert found is not None
    assert (found.verdict, found.provider_id) == (Verdict.ACCEPTED, fake.taken[0]["MessageID"])
    assert fake.searches[-1]["messagestream"] == "outbound"
    assert fake.searches[-1]["metadata_delivery"] == "notice.1.1"


def test_a_search_that_lags_finds_nothing_and_no_other_attempt(fake, transport):
    send(transport, message())
    fake.hidden = True
    assert transport.look_up(FIRST) is None
    fake.hidden = False
    assert transport.look_up(replace(FIRST, attempt=2)) is None


@pytest.mark.parametrize(
    "trouble", [Trouble(status=503), Trouble(drop=True), Trouble(status=200, body=b"{}")]
)
def test_a_search_that_fails_is_not_an_answer(fake, transport, trouble):
    send(transport, message())
    fake.fail(trouble)
    with pytest.raises(UnavailableError, match="cannot be asked"):
        transport.look_up(FIRST)

    fake.token = "changed"
    with pytest.raises(UnavailableError, match="401"):
        transport.look_up(FIRST)


def test_those_that_can_be_asked_are_known_by_name(transport):
    assert isinstance(transport, Answers)
    assert transport.name in ASKABLE
