"""The header: every field once, safe from what people are called, and as the standards ask."""

import re
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.policy import compat32, default
from email.utils import parseaddr
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.errors import HeaderInjectionError, InputError
from service.rendering.encoded_words import encode_phrase, encode_text
from service.rendering.message import Content
from tests.factories.rendering import card, reader, rendered, renderer

ONE_EDITION = renderer()
BREAKS = [
    "\r\nBcc: x@y.example",
    "\n",
    "\r",
    "\x00",
    "\x1b[31m",
    "\x85",
    "\u2028",
    "\x7f",
    "\ud83d",
]


def parsed(content: Content) -> EmailMessage:
    return message_from_bytes(content.wire(), policy=default)


def recipient(wire: bytes) -> tuple[str, str]:
    """Read To as RFC 2047 says: the email package of Python 3.11 keeps blanks between words."""
    raw = message_from_bytes(wire, policy=compat32)["To"].replace("\r\n", "")
    name, address = parseaddr(raw)
    return str(make_header(decode_header(name))), address


def headers(**changes: Any) -> EmailMessage:
    return parsed(renderer(**changes).render(reader()))


@pytest.mark.parametrize("broken", BREAKS)
@pytest.mark.parametrize("field", ["name", "email"])
def test_a_reader_cannot_add_a_header(field: str, broken: str):
    value = f"nora{broken}@example.net" if field == "email" else f"Nora{broken} Lindqvist"
    changes: dict[str, Any] = {field: value}
    with pytest.raises(HeaderInjectionError):
        renderer().render(reader(**changes))


@pytest.mark.parametrize("broken", BREAKS)
@pytest.mark.parametrize(
    "field",
    ["list_name", "list_slug", "from_name", "from_email", "reply_to", "unsubscribe_mailto"],
)
def test_a_list_cannot_add_a_header(field: str, broken: str):
    value = f"five{broken}" + (
        "@example.org" if "name" not in field and "slug" not in field else ""
    )
    changes: dict[str, Any] = {field: value}
    with pytest.raises(HeaderInjectionError):
        renderer(**changes)


@pytest.mark.parametrize("broken", BREAKS)
def test_a_headline_cannot_add_a_header(broken: str):
    message = parsed(rendered(card(headline=f"A quiet day{broken}for all")))
    assert message["Bcc"] is None
    assert re.fullmatch(r"[^\x00-\x1f\x7f-\x9f\u2028]+", message["Subject"])


@pytest.mark.parametrize(
    "address",
    ["nora", "nora@", "@example.net", "a b@example.net", "a@b@c.example", "<a@b.example>", "a,b@c"],
)
def test_what_is_no_address_is_refused(address: str):
    with pytest.raises(InputError):
        renderer().render(reader(email=address))


@pytest.mark.parametrize(
    "name",
    [
        "Nora Lindqvist",
        'Nora "the Owl" Lindqvist',
        "Back\\slash",
        "Lindqvist, Nora",
        "نورا ليندكفيست",
        "👩‍🚀 Nora",
        "=?utf-8?q?trick?=",
        "李小龍" * 30,
        "Nora " * 60,
        "N" * 300,
        "o'Neill (the third) <nora@evil.example>",
    ],
)
def test_a_name_arrives_as_it_is(name: str):
    shown, address = recipient(renderer().render(reader(name=name)).wire())
    assert shown == " ".join(name.split())
    assert address == "nora@example.net"


@settings(max_examples=200, deadline=None)
@given(name=st.text(st.characters(exclude_categories=("C", "Zl", "Zp")), max_size=120))
def test_any_name_arrives_as_it_is(name: str):
    wire = ONE_EDITION.render(reader(name=name)).wire()
    shown, address = recipient(wire)
    assert shown == " ".join(name.split())
    assert address == "nora@example.net"
    field = wire[wire.index(b"\r\nTo: ") + 2 : wire.index(b"\r\nMessage-ID")]
    assert all(len(line) <= 76 for line in field.decode("ascii").split("\r\n"))


@settings(max_examples=200, deadline=None)
@given(text=st.text(st.characters(exclude_categories=("C", "Zl", "Zp")), min_size=1, max_size=150))
def test_encoded_text_is_folded_and_reads_back(text: str):
    text = " ".join(text.split())
    folded = encode_text(text, column=9)
    first, *others = folded.split("\r\n")
    assert len(first) <= 76 - 9
    assert all(line.startswith(" ") and len(line) <= 76 for line in others)
    assert all(len(word) <= 75 for word in folded.split() if word.startswith("=?"))
    assert str(make_header(decode_header(folded.replace("\r\n", "")))) == text


def test_a_phrase_is_quoted_or_encoded_never_bare():
    assert encode_phrase("Nora, the Owl", column=4) == '"Nora, the Owl"'
    assert encode_phrase('say "hi"', column=4) == '"say \\"hi\\""'
    assert encode_phrase("Zoë", column=4) == "=?utf-8?q?Zo=C3=AB?="
    assert encode_phrase("李小龍", column=4).startswith("=?utf-8?b?")


def test_without_a_name_the_address_stands_alone():
    message = parsed(renderer().render(reader(name="  ")))
    assert message["To"] == "nora@example.net"


def test_a_domain_outside_ascii_goes_by_its_dns_name():
    wire = renderer(from_email="fünf@bücher.example").render(reader(email="nora@münchen.example"))
    head = wire.wire().partition(b"\r\n\r\n")[0]
    assert b"<nora@xn--mnchen-3ya.example>" in head
    assert "fünf@xn--bcher-kva.example".encode() in head
    assert b"Message-ID: <b.81204.20261122@xn--bcher-kva.example>" in head


def test_a_local_part_outside_ascii_stays_for_the_transport_to_judge():
    head = renderer().render(reader(email="zoë@example.net")).wire().partition(b"\r\n\r\n")[0]
    assert "<zoë@example.net>".encode() in head


def test_the_fields_of_a_list_mail_are_all_there():
    message = headers(reply_to="editors@example.org")
    (sender,) = message["From"].addresses
    assert (sender.display_name, sender.addr_spec) == ("The Morning Five", "five@brief.example.org")
    assert message["Reply-To"] == "editors@example.org"
    assert message["List-Id"] == '"The Morning Five" <five.brief.example.org>'
    assert re.fullmatch(
        r"<https://brief\.example\.org/u/[\w-]{30,60}>", message["List-Unsubscribe"]
    )
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message["List-Help"] == "<https://brief.example.org/help>"
    assert message["Feedback-ID"] == "five:20261122:brief:briefexampleorg"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Precedence"] == "bulk"
    assert message["X-Auto-Response-Suppress"] == "All"
    assert message["MIME-Version"] == "1.0"


def test_one_click_is_promised_only_over_https():
    message = headers(public_url="http://127.0.0.1:8000")
    assert message["List-Unsubscribe-Post"] is None
    assert message["List-Unsubscribe"].startswith("<http://127.0.0.1:8000/u/")


def test_the_mailbox_for_leaving_is_named_only_when_it_is_read():
    both = headers(unsubscribe_mailto="leave@example.org")["List-Unsubscribe"]
    found = re.fullmatch(
        r"<https://[^>]+/u/([\w-]+)>, <mailto:leave@example\.org\?subject=unsubscribe%20([\w-]+)>",
        both,
    )
    assert found
    assert found[1] == found[2]
    assert "mailto" not in headers()["List-Unsubscribe"]


@pytest.mark.parametrize("domain", ["b.io", "a.b", "an-extraordinarily-long-domain.example.org"])
def test_the_sender_of_the_feedback_id_has_five_to_fifteen_characters(domain: str):
    sender_id = headers(from_email=f"five@{domain}")["Feedback-ID"].rpartition(":")[2]
    assert 5 <= len(sender_id) <= 15


def test_a_provider_that_makes_its_own_message_gets_the_same_fields():
    content = renderer(reply_to="e@example.org").render(reader(name='Zoë "Z" Lind'))
    message, parts = parsed(content), content.parts()
    for name, value in parts.headers:
        assert message[name] == value, name
    made_by_them = {"from", "to", "reply-to", "subject", "mime-version", "content-type"}
    assert {name.lower() for name in message} - made_by_them == {
        name.lower() for name, _ in parts.headers
    }
    assert parts.recipient == '"Zoë \\"Z\\" Lind" <nora@example.net>'
    assert parts.sender == '"The Morning Five" <five@brief.example.org>'
    assert parts.reply_to == "e@example.org"


@pytest.mark.parametrize(
    ("headline", "subject"),
    [
        ("Small models win", "Small models win"),
        ("", "The first words of the text, which go on for a good while before they…"),
        (
            "A headline that runs on and on, well past what any inbox shows of it today",
            "A headline that runs on and on, well past what any inbox shows of it…",
        ),
        ("  spread \n out ", "spread out"),
    ],
)
def test_the_subject_is_the_first_headline_cut_at_a_word(headline: str, subject: str):
    text = "The first words of the text, which go on for a good while before they end."
    first = card(1, headline=headline, text=text)
    assert rendered(first).parts().subject == subject
    assert renderer([first]).subject(reader([1])) == subject
