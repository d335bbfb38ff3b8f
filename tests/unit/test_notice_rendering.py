"""A notice is short, the same every time, and cannot be made to say something else."""

import datetime as dt
import email
import email.message
import email.policy
from dataclasses import replace
from pathlib import Path

import pytest

from service.config import TEMPLATES
from service.errors import HeaderInjectionError, InputError, TemplateError
from service.ledger.notice_models import NoticeKind
from service.rendering.compile import read_files
from service.rendering.lint import check_notice
from service.rendering.notice import NoticeRenderer
from service.rendering.preview import render_sample, sample_letter
from service.rendering.speak import spoken
from service.rendering.values import Letter
from service.rendering.wording import IN_ENGLISH, span_in_words

EMAILS = TEMPLATES / "email"
LETTER = sample_letter(read_files(EMAILS / "notice_confirm"))


def rendered(**changes: object) -> email.message.EmailMessage:
    letter: Letter = replace(LETTER, **changes)  # type: ignore[arg-type]  # each test names its own
    return email.message_from_bytes(
        NoticeRenderer(EMAILS).render(letter).wire(), policy=email.policy.default
    )


def body(read: email.message.EmailMessage, form: str) -> str:
    part = read.get_body((form,))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


@pytest.mark.parametrize("kind", NoticeKind)
def test_every_kind_has_its_mail(kind: NoticeKind):
    content = render_sample(EMAILS / f"notice_{kind}")
    wire, parts = content.wire(), content.parts()
    read = email.message_from_bytes(wire, policy=email.policy.default)

    assert read.defects == []
    assert read["Subject"] == parts.subject
    link = sample_letter(read_files(EMAILS / f"notice_{kind}")).link_url
    for form, shown in (("plain", parts.text), ("html", parts.html)):
        assert body(read, form) == shown
        assert shown.count(link) == (1 if form == "plain" else 3)  # button, address and its link
    assert max(map(len, wire.split(b"\r\n"))) <= 78
    assert not any(line.startswith(b".") for line in wire.split(b"\r\n"))
    assert wire.isascii()
    assert wire.endswith(b"--\r\n")
    assert "{{" not in parts.html + parts.text + parts.subject


def test_it_is_the_same_bytes_whenever_it_is_rendered():
    first, second = NoticeRenderer(EMAILS), NoticeRenderer(EMAILS)
    assert first.render(LETTER).wire() == second.render(LETTER).wire()


def test_its_message_id_is_its_own_and_no_briefs():
    assert rendered()["Message-ID"] == "<n.312.20261122@brief.example.org>"
    assert rendered(notice_id=313)["Message-ID"] != rendered()["Message-ID"]


def test_what_a_list_calls_itself_is_text_and_nothing_more():
    name = '<b onload="x">Bees & "Co"</b>'
    read = rendered(list_name=name)
    html = body(read, "html")
    assert "<b onload" not in html
    assert "Bees &amp; &quot;Co&quot;" in html
    assert name in body(read, "plain").replace("\n", " ")


def test_a_long_name_does_not_make_a_long_subject():
    assert len(rendered(list_name="Very long name of a list " * 12)["Subject"]) <= 70


@pytest.mark.parametrize("field", ["from_name", "recipient", "from_email", "link_url"])
def test_nothing_can_break_out_of_its_header_line(field: str):
    with pytest.raises(HeaderInjectionError):
        rendered(**{field: "a@example.org\r\nBcc: b@example.org"})


def test_what_is_no_address_is_refused():
    with pytest.raises(InputError):
        rendered(recipient="nobody")


def test_a_kind_without_a_template_says_so(tmp_path: Path):
    with pytest.raises(TemplateError, match="no such template folder"):
        NoticeRenderer(tmp_path).render(LETTER)


@pytest.mark.parametrize(
    ("file", "content", "reason"),
    [
        ("body.txt", "Welcome.\n", "link_url}} is missing"),
        ("body.txt", "{{link_url}} {{headline}}\n", "has no value in a notice"),
        ("body.txt", "{{link_url}} {{hedline}}\n", "there is no slot"),
        ("body.txt", "{{#cards}}{{link_url}}{{/cards}}", "may stand once"),
        ("subject.txt", "one\ntwo\n", "a subject is one line"),
        ("subject.txt", "Open {{link_url}}\n", "there is no slot"),
        ("sample.json", "{", "Expecting"),
    ],
)
def test_a_faulty_template_is_refused_with_the_reason(file: str, content: str, reason: str):
    files = read_files(EMAILS / "notice_confirm") | {file: content}
    with pytest.raises(TemplateError, match=reason):
        check_notice(spoken(files, IN_ENGLISH))


@pytest.mark.parametrize(
    ("minutes", "words"),
    [
        (0, "one minute"),
        (1, "one minute"),
        (15, "15 minutes"),
        (60, "one hour"),
        (90, "90 minutes"),
        (24 * 60, "one day"),
        (47 * 60, "47 hours"),
        (48 * 60, "2 days"),
        (73 * 60, "3 days"),
    ],
)
def test_a_span_is_said_in_its_largest_unit(minutes: int, words: str):
    assert span_in_words(dt.timedelta(minutes=minutes)) == words
