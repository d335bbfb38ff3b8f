"""The inbox page and its JSON: mails are found, shown as they are, and can do nothing."""

from collections.abc import Iterator

import httpx
import pytest

from tests.factories.catcher import RunningCatcher, SmtpClient, mail, running_catcher

HOSTILE = (
    "<html><head><title>x</title></head><body onload=alert(1)><script>alert(2)</script>"
    '<a href="http://example.org/">out</a><form action=/clear method=post></form></body></html>'
)
BROKEN = {
    "empty": b"",
    "no header": b"no header at all",
    "unknown charset": b"Subject: =?no-such-charset?b?////?=\r\n\r\nx",
    "no base64 word": b"Subject: =?utf-8?b?!!!?=\r\n\r\nx",
    "lone surrogates": b"Content-Type: text/html; charset=utf-7\r\n\r\n+2AA- <b>x</b>",
    "surrogate subject": b"Subject: =?utf-7?q?+2AA-?=\r\n\r\nx",
    "a codec that is no charset": b"Content-Type: text/html; charset=zlib\r\n\r\nx",
    "no base64": b"Content-Transfer-Encoding: base64\r\n\r\n&&&",
    "no boundary": b"Content-Type: multipart/mixed\r\n\r\nx",
    "very deep": b"".join(
        b'Content-Type: multipart/mixed; boundary="%d"\r\n\r\n--%d\r\n' % (depth, depth)
        for depth in range(2_000)
    )[:-2],
    "octets that are no text": b"From: \xff\xfe <a@b>\r\nSubject: \xf0\x28\r\n\r\n\x00\x80",
}


@pytest.fixture(scope="module")
def catcher(tmp_path_factory) -> Iterator[RunningCatcher]:
    with running_catcher(tmp_path_factory.mktemp("home")) as running:
        with SmtpClient(running.ports.smtp) as client:
            for number in range(120):
                client.deliver(mail(f"Brief number {number}"), f"reader{number}@example.org")
            client.deliver(mail("<script>alert(3)</script>", html=HOSTILE), "hostile@example.org")
            client.deliver(mail("Ein Café in Köln"), "ines@example.org")
        yield running


def id_of(catcher: RunningCatcher, search: str) -> int:
    return catcher.inbox.messages(search)[0].id


def test_the_list_pages_through_all_mail_once(catcher):
    seen: list[int] = []
    before = None
    while True:
        answer = catcher.get(f"/api/messages?limit=50&before={before or ''}").json()
        seen += [message["id"] for message in answer["messages"]]
        before = answer["next_before"]
        if before is None:
            break
    assert seen == sorted(seen, reverse=True)
    assert len(seen) == len(set(seen)) == catcher.inbox.count() == 122


def test_the_list_page_leads_to_older_mail(catcher):
    first = catcher.get("/").text
    assert "Ein Café in Köln" in first
    assert "Brief number 119" in first
    assert "Brief number 50<" not in first
    older = first.split('rel="next"')[0].rsplit('href="', 1)[1].split('"')[0].replace("&amp;", "&")
    assert "Brief number 50<" in catcher.get(older).text


@pytest.mark.parametrize(
    "search", ["ines@example.org", "café", "CAFÉ köln", "INES ein"], ids=lambda words: words
)
def test_search_finds_all_words_in_recipient_or_subject(catcher, search):
    found = catcher.get(f"/api/messages?search={search}").json()["messages"]
    assert [message["subject"] for message in found] == ["Ein Café in Köln"]


@pytest.mark.parametrize("search", ["%", "_", "' OR 1=1 --", "zebra"])
def test_search_takes_every_sign_as_itself(catcher, search):
    page = catcher.get(f"/?search={httpx.QueryParams({'q': search})}".replace("q=", ""))
    assert page.status_code == 200
    assert "No mail has" in page.text


def test_a_hostile_subject_is_text(catcher):
    for path in ("/", f"/messages/{id_of(catcher, 'hostile')}"):
        page = catcher.get(path).text
        assert "<script>alert(3)" not in page
        assert "&lt;script&gt;alert(3)" in page


def test_hostile_html_stays_in_its_sandbox(catcher):
    number = id_of(catcher, "hostile")
    page = catcher.get(f"/messages/{number}").text
    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in page
    assert "alert(2)" not in page
    framed = catcher.get(f"/messages/{number}/html")
    policy = directives(framed)
    assert policy["default-src"] == "'none'"
    assert policy["sandbox"] == "allow-popups allow-popups-to-escape-sandbox"
    assert policy["form-action"] == "'none'"
    assert policy["frame-ancestors"] == "'self'"
    assert "script-src" not in policy
    assert '<head><base target="_blank">' in framed.text


@pytest.mark.parametrize(
    "path", ["/", "/messages/1", "/api/counts", "/missing", "/static/mark.svg"]
)
def test_every_answer_carries_the_security_headers(catcher, path):
    headers = catcher.get(path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    policy = directives(catcher.get(path))
    assert policy["default-src"] == policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert policy["script-src"] == "'self'"


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8025", "", "127.0.0.1.evil.example"]
)
def test_a_strange_host_name_is_turned_away(catcher, host):
    answer = catcher.get("/api/messages", host=host)
    assert answer.status_code in {400, 421}
    assert "reader" not in answer.text


@pytest.mark.parametrize("host", ["localhost:1", "127.0.0.1", "[::1]:9", "LOCALHOST"])
def test_our_own_names_are_answered(catcher, host):
    assert catcher.get("/", host=host).status_code == 200


def test_the_raw_mail_is_the_mail_as_it_came(catcher):
    answer = catcher.get(f"/api/messages/{id_of(catcher, 'ines')}/raw")
    assert answer.content == mail("Ein Café in Köln") + b"\r\n"
    assert answer.headers["content-type"] == "message/rfc822"
    assert answer.headers["content-disposition"].startswith("attachment")


def test_one_mail_as_json_is_taken_apart(catcher):
    message = catcher.get(f"/api/messages/{id_of(catcher, 'hostile')}").json()
    assert message["envelope_to"] == "hostile@example.org"
    assert message["text"] == "Good morning.\n"
    assert "alert(2)" in message["html"]
    assert ["Message-ID", "<one@example.org>"] in message["headers"]


@pytest.mark.parametrize("view", ["html", "text", "headers", "source", "nonsense"])
def test_every_view_of_a_mail_is_a_page(catcher, view):
    page = catcher.get(f"/messages/{id_of(catcher, 'ines')}?view={view}")
    assert page.status_code == 200
    assert "Ein Café in Köln" in page.text


@pytest.mark.parametrize(
    "path", ["/messages/999999", f"/messages/{10**30}", "/api/messages/999999", "/messages/1/html"]
)
def test_what_is_not_there_is_said_to_be_missing(catcher, path):
    assert catcher.get(path).status_code == 404


@pytest.mark.parametrize("content", BROKEN.values(), ids=BROKEN)
def test_a_broken_mail_still_shows_its_source(catcher, content):
    with SmtpClient(catcher.ports.smtp) as client:
        assert client.deliver(content, "broken@example.net").startswith("250")
    number = id_of(catcher, "broken@example.net")
    for view in ("html", "text", "headers", "source"):
        assert catcher.get(f"/messages/{number}?view={view}").status_code == 200
    assert catcher.get(f"/api/messages/{number}").status_code == 200


def test_only_our_own_page_removes_the_mail(tmp_path):
    with running_catcher(tmp_path) as catcher:
        with SmtpClient(catcher.ports.smtp) as client:
            client.deliver(mail("Stay"))
        for origin in ({}, {"Origin": "http://evil.example"}, {"Origin": "null"}):
            answer = httpx.post(f"{catcher.address}/clear", headers=origin, trust_env=False)
            assert answer.status_code == 403
        assert catcher.inbox.count() == 1
        own = {"Origin": catcher.address}
        answer = httpx.post(f"{catcher.address}/clear", headers=own, trust_env=False)
        assert answer.status_code == 303
        assert catcher.inbox.count() == 0


def test_an_empty_inbox_says_what_to_do_next(tmp_path):
    with running_catcher(tmp_path) as catcher:
        page = catcher.get("/").text
        assert "No mail yet" in page
        assert "podbrief edition run --list daily" in page


def directives(answer: httpx.Response) -> dict[str, str]:
    parts = (
        part.strip().partition(" ") for part in answer.headers["content-security-policy"].split(";")
    )
    return {name: value for name, _, value in parts}
