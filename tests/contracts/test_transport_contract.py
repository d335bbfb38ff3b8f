"""What every transport owes its caller, whatever it speaks."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import httpx
import pytest
from pydantic import SecretStr

from service.rendering.message import OutgoingMessage
from service.sending.outcome import LONGEST_REPLY, Blame, Transport, Verdict
from service.sending.transports.postmark import PostmarkTransport
from service.setting_groups import PostmarkSettings
from tests.factories.outgoing import FixedContent, message, messages
from tests.factories.postmark_fake import PostmarkFake, Trouble
from tests.factories.smtp_faults import answer
from tests.factories.smtp_sink import SmtpSink
from tests.factories.smtp_transport import send, transport_to


@dataclass
class Provider:
    """A transport, and what its other side has taken or is made to do."""

    transport: Transport
    taken: Callable[[], list[str]]
    refuse_recipient: Callable[[str], None]
    refuse_all: Callable[[str], None]


@pytest.fixture(params=["smtp", "postmark"])
def provider(request):
    return request.getfixturevalue(f"{request.param}_provider")


@pytest.fixture
def smtp_provider() -> Iterator[Provider]:
    with SmtpSink() as sink:
        transport = transport_to(sink, connections=2)
        yield Provider(
            transport,
            lambda: [mail.recipient for mail in sink.taken],
            lambda *_: sink.fail("rcpt", answer(550, "5.1.1 nobody here"), times=1),
            lambda text: sink.fail("greeting", answer(554, text)),
        )
        transport.close()


@pytest.fixture
def postmark_provider() -> Iterator[Provider]:
    with PostmarkFake() as fake:
        settings = PostmarkSettings(token=SecretStr(fake.token), url=fake.url, batch_size=4)
        client = httpx.Client(trust_env=False, timeout=2)
        transport = PostmarkTransport(client, settings, connections=2)
        yield Provider(
            transport,
            lambda: [mail["Metadata"]["delivery"] for mail in fake.taken],
            fake.inactive.add,
            lambda text: fake.fail(Trouble(status=403, body=text.encode()), times=99),
        )
        transport.close()


def test_one_outcome_a_message_and_each_is_taken_once(provider):
    outcomes = send(provider.transport, *messages(25))
    assert sorted(outcome.delivery_id for outcome in outcomes) == list(range(1, 26))
    assert {outcome.verdict for outcome in outcomes} == {Verdict.ACCEPTED}
    assert all(outcome.provider_id for outcome in outcomes)
    assert len(provider.taken()) == len(set(provider.taken())) == 25


def test_wave_after_wave_goes_out(provider):
    for _ in range(3):
        assert len(send(provider.transport, *messages(5))) == 5
    assert len(provider.taken()) == 15


def test_an_empty_wave_is_no_trouble(provider):
    assert send(provider.transport) == []


def test_each_message_is_announced_once_before_it_is_taken(provider):
    announced: list[int] = []

    def announce(begun, _known):
        assert not set(provider.taken()) & {name for letter in begun for name in _names(letter)}
        announced.extend(letter.delivery_id for letter in begun)
        return True

    outcomes = list(provider.transport.hand_over(messages(12), before_content=announce))
    assert sorted(announced) == list(range(1, 13))
    assert len(outcomes) == 12


def test_told_to_stop_it_begins_nothing_more(provider):
    allowed: list[int] = []

    def allow_one_call(begun, _known):
        if allowed:
            return False
        allowed.extend(letter.delivery_id for letter in begun)
        return True

    outcomes = list(provider.transport.hand_over(messages(30), before_content=allow_one_call))
    verdicts = {outcome.delivery_id: outcome.verdict for outcome in outcomes}
    assert len(outcomes) == len(verdicts) == 30
    for delivery_id, verdict in verdicts.items():
        begun = delivery_id in allowed
        assert verdict is (Verdict.ACCEPTED if begun else Verdict.NOT_BEGUN)
    assert len(provider.taken()) == len(allowed)


def test_stopped_before_the_first_it_sends_nothing_and_works_again(provider):
    outcomes = list(provider.transport.hand_over(messages(6), before_content=lambda *_: False))
    assert [outcome.verdict for outcome in outcomes] == [Verdict.NOT_BEGUN] * 6
    assert provider.taken() == []
    assert len(send(provider.transport, *messages(6))) == 6
    assert len(provider.taken()) == 6


def test_a_journal_that_fails_stops_the_wave_and_is_heard_of(provider):
    outcomes = []

    def fail(_begun, _known):
        raise OSError("no space left on device")

    with pytest.raises(OSError, match="no space"):  # noqa: PT012 - the outcomes come first
        for outcome in provider.transport.hand_over(messages(6), before_content=fail):
            outcomes.append(outcome)  # noqa: PERF402
    assert [outcome.verdict for outcome in outcomes] == [Verdict.NOT_BEGUN] * 6
    assert provider.taken() == []


def test_a_wave_that_nobody_reads_to_its_end_leaves_a_usable_transport(provider):
    wave = provider.transport.hand_over(messages(40), before_content=lambda *_: True)
    next(wave)
    wave.close()
    before = len(provider.taken())
    assert len(send(provider.transport, *messages(3))) == 3
    assert len(provider.taken()) >= before + 3


def test_one_refused_recipient_stops_no_other(provider):
    provider.refuse_recipient("p2@example.org")
    outcomes = send(provider.transport, *messages(6))
    failed = [outcome for outcome in outcomes if outcome.verdict is Verdict.FAILED]
    assert [outcome.blame for outcome in failed] == [Blame.ADDRESS]
    assert len(provider.taken()) == 5


def test_one_brief_that_cannot_be_rendered_stops_no_other(provider):
    broken = message(2, content=FixedContent(error=ValueError("no such card")))
    outcomes = send(provider.transport, message(1), broken, message(3))
    by_id = {outcome.delivery_id: outcome for outcome in outcomes}
    assert (by_id[2].verdict, by_id[2].blame) == (Verdict.FAILED, Blame.MESSAGE)
    assert "no such card" in by_id[2].reply
    assert len(provider.taken()) == 2


@pytest.mark.parametrize(
    "recipient",
    [
        "ana@example.org\r\nRCPT TO:<eve@example.org>",
        "ana@example.org> SIZE=1",
        "<eve@example.org>",
        "ana smith@example.org",
        "ana@exa mple.org",
        "ana",
        "@example.org",
        "",
        "a" * 65 + "@example.org",
        "ana@" + "a" * 64 + ".org",
        "ana@-example.org",
        "\u202eana@example.org",
        "ana\x00@example.org",
    ],
)
def test_an_address_that_could_smuggle_fails_and_never_reaches_the_wire(provider, recipient):
    (outcome,) = send(provider.transport, message(recipient=recipient))
    assert (outcome.verdict, outcome.blame) == (Verdict.FAILED, Blame.ADDRESS)
    assert provider.taken() == []


def test_a_foreign_domain_goes_out_in_a_labels(provider):
    (outcome,) = send(provider.transport, message(recipient="ana@bücher.example"))
    assert outcome.verdict is Verdict.ACCEPTED


def test_foreign_words_are_made_printable_and_short(provider):
    provider.refuse_all("<script>\x1b[31m\t" + "x" * 5000)
    (outcome,) = send(provider.transport, message())
    assert outcome.verdict is Verdict.DEFERRED
    assert outcome.reply.isprintable()
    assert len(outcome.reply) <= LONGEST_REPLY


def test_closing_twice_is_no_trouble(provider):
    send(provider.transport, *messages(3))
    provider.transport.close()
    provider.transport.close()


def _names(letter: OutgoingMessage) -> set[str]:
    return {letter.recipient, f"{letter.delivery_id}.{letter.attempt}"}
