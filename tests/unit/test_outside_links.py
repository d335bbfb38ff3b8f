"""Links away from us: nothing that runs, nothing that breaks out, nothing that is not the web."""

from urllib.parse import parse_qs, urlsplit

import pytest

from service.web.outside_links import mail_link, outside_link, share_links

SPITEFUL = (
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    " javascript:alert(1)",
    "java\nscript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:x",
    "file:///etc/passwd",
    "//evil.example",
    "https:evil",
    "https://",
    "http://[",
    'https://x.example/" onmouseover="alert(1)',
    "https://x.example/\r\nSet-Cookie: a=b",
    "https://x.example/\x00",
    "https://x.example/\\evil",
    "https://x.example/" + "a" * 2_000,
    "mailto:a@example.org",
    "",
    None,
)


@pytest.mark.parametrize("url", SPITEFUL)
def test_such_an_address_is_not_linked(url):
    assert outside_link(url) == ""


@pytest.mark.parametrize(
    "url", ["https://x.example/12?t=1#t=5", "HTTP://x.example", "http://[::1]/"]
)
def test_a_web_address_is_linked_as_it_is(url):
    assert outside_link(url) == url


def test_shares_carry_the_page_and_its_title_whatever_they_hold():
    title = 'A & B "quoted" <b> #1 ünïcode\nline'
    for _, link in share_links("https://brief.example/i/1-x?a=b", title):
        parts = urlsplit(link)
        assert parts.scheme == "https"
        assert not set(link) & set(" \n\"'<>")
        said = " ".join(value for values in parse_qs(parts.query).values() for value in values)
        assert "https://brief.example/i/1-x?a=b" in said


def test_a_subject_cannot_add_header_fields_to_a_mail():
    link = mail_link("me@x.example", subject="Hi\r\nBcc: all@x.example", body="a&b=c")
    fields = parse_qs(urlsplit(link).query)
    assert fields == {"subject": ["Hi Bcc: all@x.example"], "body": ["a&b=c"]}
