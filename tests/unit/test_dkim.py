"""DKIM signatures, judged by dkimpy; nothing asks a real DNS."""

import re
import time
from collections.abc import Callable

import dkim  # type: ignore[import-untyped]  # it ships no types
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from hypothesis import given
from hypothesis import strategies as st

from service.config import Settings
from service.errors import ConfigurationError, InputError
from service.sending.compose import signed
from service.sending.dkim import SIGNED, DkimSigner, relaxed_body
from service.sending.dkim_keys import (
    load_key,
    make_key,
    record_name,
    record_value,
    signer_of,
    zone_line,
)
from tests.factories.outgoing import FixedContent, message
from tests.factories.rendering import card, masthead, reader, renderer

DOMAIN = "brief.example.org"


@pytest.fixture(scope="module")
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture(scope="module")
def signer(key) -> DkimSigner:
    return DkimSigner(DOMAIN, "s1", key)


@pytest.fixture(scope="module")
def is_valid(key) -> Callable[[bytes], bool]:
    def answer(name: bytes, timeout: int = 5) -> bytes:
        assert name == b"s1._domainkey.brief.example.org."
        return record_value(key).encode()

    def is_valid(wire: bytes) -> bool:
        return bool(dkim.verify(wire, dnsfunc=answer))

    return is_valid


def brief(**changes) -> bytes:
    cards = [card(1, **changes), card(2)]
    return renderer(cards).render(reader([1, 2], name="Zoë Lindqvist")).wire()


def test_a_signed_brief_is_valid(signer, is_valid):
    wire = brief(headline="Bees count to four, ✿ and then — guess", text="Größe\t zählt.  Sehr. ")
    assert is_valid(signer.sign(wire))


def test_the_message_itself_stays_as_it_was(signer):
    wire = brief()
    head, _, rest = signer.sign(wire).partition(b"Date: ")
    assert b"Date: " + rest == wire
    assert head.startswith(b"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed;")
    assert max(map(len, head.split(b"\r\n"))) <= 78


def test_the_same_message_signed_again_is_the_same_bytes(signer):
    assert signer.sign(brief()) == signer.sign(brief())


@pytest.mark.parametrize("name", SIGNED)
def test_a_signed_field_can_be_neither_changed_nor_added(signer, is_valid, name):
    wire = signer.sign(brief())
    added = f"{name}: nobody@example.net\r\n".encode() + wire
    assert not is_valid(added)
    pattern = re.compile(rb"(?mi)^(" + re.escape(name.encode()) + rb": )(?=.)")
    if pattern.search(wire):
        assert not is_valid(pattern.sub(rb"\1x", wire, count=1))


def test_both_unsubscribe_fields_are_there_and_signed():
    assert {"List-Unsubscribe", "List-Unsubscribe-Post", "From"} <= set(SIGNED)
    assert b"List-Unsubscribe-Post: List-Unsubscribe=One-Click" in brief()


def test_a_changed_body_is_not_valid(signer, is_valid):
    wire = signer.sign(brief())
    assert not is_valid(wire.replace(b"Headline", b"Hoodline"))


def test_fields_folded_or_spaced_on_the_way_stay_valid(signer, is_valid):
    wire = signer.sign(brief())
    again = wire.replace(b"\r\nTo: ", b"\r\nto:  \t ", 1).replace(
        b"Feedback-ID: ", b"Feedback-ID:\r\n ", 1
    )
    assert again != wire
    assert is_valid(again)


@pytest.mark.parametrize(
    ("sender", "is_signed"),
    [
        ("a@brief.example.org", True),
        ("A <a@BRIEF.example.org>", True),
        ('"x@y.org" <a@news.brief.example.org>', True),
        ("a@example.org", False),  # above the domain that signs
        ("a@otherbrief.example.org", False),
        ("a@brief.example.org.evil.example", False),
        ('"a@brief.example.org" <b@example.net>', False),
    ],
)
def test_only_mail_from_the_domain_or_under_it_is_signed(signer, is_valid, sender, is_signed):
    wire = f"From: {sender}\r\nSubject: x\r\n\r\nHello\r\n".encode()
    found = signer.sign(wire)
    assert (found != wire) == is_signed
    assert not is_signed or is_valid(found)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\r\n",
        b"Hello\r\n",
        b"Hello",
        b"Hello  \r\n\r\n\r\n",
        b"two  blanks\r\n",
        b"a\ttab \t\r\n",
        b" begins with one\r\n",
        b"\r\n\r\nempty first\r\n \r\n",
    ],
)
def test_a_body_of_any_other_form_is_signed_right_all_the_same(key, is_valid, body):
    signer = DkimSigner(DOMAIN, "s1", key)
    for _ in range(2):
        assert is_valid(signer.sign(b"From: a@brief.example.org\r\n\r\n" + body))


def test_a_sender_with_one_such_body_has_all_of_them_made_relaxed(key, is_valid):
    signer = DkimSigner(DOMAIN, "s1", key)
    signer.sign(b"From: a@brief.example.org\r\n\r\ntwo  blanks\r\n")
    for number in range(30):
        wire = b"From: a@brief.example.org\r\n\r\n%d  blanks\r\n" % number
        assert is_valid(signer.sign(wire))


texts = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]) | st.sampled_from("\t \n")
)


@given(texts, texts, texts)
def test_the_body_of_a_brief_is_its_own_relaxed_form(headline, text, name):
    cards = [card(1, headline=headline or "x", text=text or "x"), card(2, speaker=name)]
    wire = renderer(cards).render(reader([1, 2])).wire()
    body = wire.partition(b"\r\n\r\n")[2]
    assert relaxed_body(body) == body


def test_content_is_signed_when_it_is_asked_for_and_keeps_its_parts(signer, is_valid):
    content = FixedContent(octets=brief())
    found = signed(message(content=content), signer)
    assert content.asked == []
    assert is_valid(found.content.wire())
    assert found.content.wire() == found.content.wire()
    assert found.content.parts() == content.parts()
    assert signed(message(content=content), None).content is content


def test_a_key_is_made_for_its_owner_alone_and_loaded_again(tmp_path):
    path = tmp_path / "keys" / "s1.pem"
    made = make_key(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert record_value(load_key(path)) == record_value(made)
    with pytest.raises(InputError, match="nothing was overwritten"):
        make_key(path)


def test_a_record_is_in_strings_that_dns_can_hold(key):
    value = record_value(key)
    line = zone_line(record_name("Example.org", "s1"), value)
    assert line.startswith("s1._domainkey.example.org. IN TXT ( ")
    strings = re.findall(r'"([^"]*)"', line)
    assert "".join(strings) == value
    assert max(map(len, strings)) <= 255


@pytest.mark.parametrize(
    ("domain", "selector"), [("exämple.org", "s"), ("a b", "s"), ("a.b", "s_1;")]
)
def test_a_name_dns_cannot_hold_is_refused(domain, selector):
    with pytest.raises(InputError, match="no DNS name"):
        record_name(domain, selector)


def settings_of(**groups) -> Settings:
    return Settings(**groups, _env_file=None)


def test_nothing_is_signed_unless_a_key_is_set():
    assert signer_of(settings_of()) is None


def test_postmark_signs_itself(tmp_path):
    path = tmp_path / "key"
    make_key(path)
    dkim_settings = {"domain": DOMAIN, "selector": "s1", "key_file": path}
    assert signer_of(settings_of(dkim=dkim_settings)) is not None
    assert signer_of(settings_of(dkim=dkim_settings, postmark={"token": "t"})) is None


def test_half_a_setting_stops_the_start():
    with pytest.raises(ConfigurationError, match="go together"):
        signer_of(settings_of(dkim={"domain": DOMAIN}))


def pem(private: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> bytes:
    return private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def test_a_key_that_cannot_be_used_says_why(tmp_path):
    path = tmp_path / "key"
    with pytest.raises(ConfigurationError, match="cannot be read"):
        load_key(path)
    path.write_bytes(b"not a key")
    with pytest.raises(ConfigurationError, match="no private key"):
        load_key(path)
    for weak in (
        rsa.generate_private_key(public_exponent=65537, key_size=1024),
        ec.generate_private_key(ec.SECP256R1()),
    ):
        path.write_bytes(pem(weak))
        with pytest.raises(ConfigurationError, match="2048"):
            load_key(path)


def test_signing_costs_little_more_than_the_rsa_operation(signer, key):
    wire = brief()
    for _ in range(30):
        signer.sign(wire)

    def fastest(deed: Callable[[], object]) -> float:
        def once() -> float:
            begun = time.perf_counter()
            deed()
            return time.perf_counter() - begun

        return min(once() for _ in range(50))

    bare = fastest(lambda: key.sign(b"x" * 32, signer._padding, signer._hash))
    assert fastest(lambda: signer.sign(wire)) < 2 * bare


def test_the_list_of_the_masthead_is_under_the_domain_that_signs():
    assert masthead().from_email.endswith(f"@{DOMAIN}")
