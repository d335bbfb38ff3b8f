"""The catcher's SMTP server is as strict as the strictest of the world's."""

from collections.abc import Iterator

import pytest

from tests.factories.catcher import RunningCatcher, SmtpClient, mail, running_catcher

SECOND_MAIL = b"MAIL FROM:<evil@example.org>\r\nRCPT TO:<victim@example.org>\r\nDATA\r\nSubject: x"
SMUGGLING_ENDS = [
    b"\n.\n",
    b"\n.\r\n",
    b"\r\n.\n",
    b"\r.\r",
    b"\r.\r\n",
    b"\r\n.\r",
    b"\r\n\0.\r\n",
    b"\n\r\n.\n",
]


@pytest.fixture(scope="module")
def catcher(tmp_path_factory) -> Iterator[RunningCatcher]:
    with running_catcher(tmp_path_factory.mktemp("home")) as running:
        yield running


@pytest.fixture
def client(catcher) -> Iterator[SmtpClient]:
    with SmtpClient(catcher.ports.smtp) as connected:
        yield connected


@pytest.mark.parametrize("end", SMUGGLING_ENDS)
def test_only_a_dot_between_crlfs_ends_a_message(catcher, client, end):
    before = catcher.inbox.count()
    reply = client.deliver(b"Subject: one\r\n\r\nHello" + end + SECOND_MAIL)
    # One message, kept whole or refused whole: never two.
    assert reply[:3] in {"250", "550"}
    assert client.ask(b"NOOP\r\n").startswith("250")
    kept = catcher.inbox.count() - before
    assert kept == (1 if reply.startswith("250") else 0)
    assert "victim@example.org" not in catcher.inbox.recipients_with_count()


def test_a_bare_line_feed_is_refused_not_mended(client):
    assert client.deliver(b"Subject: one\r\n\r\nHello\nthere").startswith("550 5.6.0")


def test_the_end_is_found_however_the_octets_are_cut(catcher, client):
    before = catcher.inbox.count()
    client.begin("cut@example.org")
    for octet in b"Subject: cut\r\n\r\n..a dot\r\n..\r\n\r\n.\r\n":
        client.send(bytes([octet]))
    assert client.reply().startswith("250")
    [kept] = catcher.inbox.messages("cut@example.org")
    assert catcher.inbox.message(kept.id).content == b"Subject: cut\r\n\r\n.a dot\r\n.\r\n\r\n"
    assert catcher.inbox.count() == before + 1


def test_what_is_kept_is_what_was_sent(catcher, client):
    content = mail("Exact", html="<p>Zwölf Bienen</p>", text=".leading dot\n..two\nend")
    assert client.deliver(content.replace(b"\r\n.", b"\r\n.."), "exact@example.org")[:3] == "250"
    [kept] = catcher.inbox.messages("exact@example.org")
    assert catcher.inbox.message(kept.id).content == content + b"\r\n"
    assert kept.size == len(content) + 2


def test_an_empty_message_is_a_message(catcher, client):
    client.begin("empty@example.org")
    assert client.ask(b".\r\n").startswith("250")
    [kept] = catcher.inbox.messages("empty@example.org")
    assert catcher.inbox.message(kept.id).content == b""


def test_a_line_over_998_octets_is_refused(client):
    assert client.deliver(b"Subject: x\r\n\r\n" + b"a" * 998).startswith("250")
    assert client.deliver(b"Subject: x\r\n\r\n" + b"a" * 999).startswith("550 5.6.0")


def test_a_message_over_the_limit_is_refused_early_or_late(catcher, client):
    assert client.ask(b"MAIL FROM:<a@example.org> SIZE=25000001\r\n").startswith("552")
    before = catcher.inbox.count()
    client.begin()
    block = (b"a" * 76 + b"\r\n") * 10_000
    for _ in range(35):
        client.send(block)
    assert client.ask(b"\r\n.\r\n").startswith("552 5.3.4")
    assert catcher.inbox.count() == before
    assert client.deliver(mail("After")).startswith("250")


def test_pipelined_commands_are_answered_in_order(client):
    first, second = mail("One"), mail("Two")
    group = b"MAIL FROM:<a@example.org>\r\nRCPT TO:<b@example.org>\r\nDATA\r\n"
    client.send(group)
    assert [client.reply()[:3] for _ in range(3)] == ["250", "250", "354"]
    client.send(first + b"\r\n.\r\n" + group)
    assert [client.reply()[:3] for _ in range(4)] == ["250", "250", "250", "354"]
    client.send(second + b"\r\n.\r\nQUIT\r\n")
    assert [client.reply()[:3] for _ in range(3)] == ["250", "221", ""]


def test_content_before_the_354_ends_the_connection(catcher, client):
    before = catcher.inbox.count()
    client.send(
        b"MAIL FROM:<a@example.org>\r\nRCPT TO:<b@example.org>\r\nDATA\r\nSubject: x\r\n\r\n.\r\n"
    )
    assert [client.reply()[:3] for _ in range(4)] == ["250", "250", "554", ""]
    assert catcher.inbox.count() == before


def test_the_order_of_commands_is_kept(client):
    assert client.ask(b"RCPT TO:<a@example.org>\r\n").startswith("503")
    assert client.ask(b"DATA\r\n").startswith("503")
    assert client.ask(b"MAIL FROM:<a@example.org>\r\n").startswith("250")
    assert client.ask(b"MAIL FROM:<a@example.org>\r\n").startswith("503")
    assert client.ask(b"DATA\r\n").startswith("503")
    assert client.ask(b"RSET\r\n").startswith("250")
    assert client.ask(b"RCPT TO:<a@example.org>\r\n").startswith("503")


@pytest.mark.parametrize(
    "command",
    [
        b"MAIL FROM: <a@example.org>",
        b"MAIL FROM:a@example.org",
        b"MAIL FROM:<a b@example.org>",
        b"MAIL FROM:<nobody>",
        b"MAIL FROM:<a@example.org> FUTURE=RELEASE",
        "MAIL FROM:<ä@example.org>".encode(),
        b"MAIL FROM:<\xff@example.org> SMTPUTF8",
        b"MAIL FROM:<a@example.org>\nRCPT TO:<b@example.org>",
        b"BDAT 12 LAST",
    ],
)
def test_what_no_strict_server_takes_is_refused(client, command):
    assert client.ask(command + b"\r\n").startswith("5")


def test_an_address_in_its_own_script_needs_smtputf8(catcher, client):
    assert client.ask("MAIL FROM:<é@example.org> SMTPUTF8\r\n".encode()).startswith("250")
    assert client.ask("RCPT TO:<юля@example.org>\r\n".encode()).startswith("250")
    assert client.ask(b"DATA\r\n").startswith("354")
    assert client.ask(b"Subject: x\r\n\r\n.\r\n").startswith("250")
    assert catcher.inbox.recipients_with_count()["юля@example.org"] == 1


def test_each_recipient_of_a_mail_gets_a_copy(catcher, client):
    client.send(
        b"MAIL FROM:<>\r\nRCPT TO:<one@example.net>\r\nRCPT TO:<two@example.net>\r\nDATA\r\n"
    )
    assert [client.reply()[:3] for _ in range(4)] == ["250", "250", "250", "354"]
    assert client.ask(mail("Both") + b"\r\n.\r\n").startswith("250")
    counts = catcher.inbox.recipients_with_count()
    assert (counts["one@example.net"], counts["two@example.net"]) == (1, 1)


def test_an_overlong_command_is_refused_and_the_next_one_obeyed(client):
    assert client.ask(b"NOOP " + b"x" * 40_000 + b"\r\n").startswith("500 5.5.2")
    assert client.ask(b"NOOP\r\n").startswith("250")


def test_too_many_errors_end_the_connection(client):
    client.send(b"NONSENSE\r\n" * 30)
    replies = [client.reply()[:3] for _ in range(22)]
    assert replies == ["500"] * 20 + ["421", ""]


@pytest.mark.parametrize(
    "steps",
    [
        [(b"AUTH PLAIN AGEAYg==", "235")],
        [(b"AUTH PLAIN", "334"), (b"AGEAYg==", "235")],
        [(b"AUTH LOGIN", "334"), (b"YQ==", "334"), (b"Yg==", "235"), (b"AUTH LOGIN", "503")],
        [(b"AUTH XOAUTH2 dXNlcj1h", "235")],
        [(b"AUTH LOGIN", "334"), (b"*", "501"), (b"NOOP", "250")],
        [(b"AUTH SCRAM-SHA-256", "504")],
    ],
)
def test_any_name_and_password_will_do(client, steps):
    for line, code in steps:
        assert client.ask(line + b"\r\n").startswith(code)


def test_it_offers_what_our_transport_uses(client):
    for extension in ("PIPELINING", "SIZE 25000000", "8BITMIME", "SMTPUTF8", "ENHANCEDSTATUSCODES"):
        assert extension in client.extensions
