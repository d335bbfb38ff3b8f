"""What every answer carries, what is text and stays text, and what is too much."""

import json
from collections.abc import AsyncIterator
from typing import Any

import html5lib
import pytest
from starlette.routing import Route

from service.errors import ConfigurationError
from service.web.app import ROUTERS, create_app
from tests.factories.web_visit import Visit, open_site

SPITE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'><svg/onload=alert(1)>",
    "</title><script>alert(1)</script>",
    "<a href='javascript:alert(1)'>x</a>",
    "{{ 7*7 }}{% raw %}",
    "<iframe srcdoc='<script>alert(1)</script>'>",
    "<style>*{display:none}</style>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
)
TOPIC, PODCAST = "bees", "1-the-copper-hour"  # as tests.factories.readership writes them
PUBLIC_PATHS = {"/", "/topics", "/podcasts", "/robots.txt", "/sitemap.xml", "/sitemaps/pages.xml"}
ADMIN_PATHS = ("/admin", "/admin/editions", "/admin/lists", "/admin/people")


@pytest.fixture
def visit(database, database_url, clock, tmp_path):
    with open_site(database, database_url, clock, tmp_path / "home") as visit:
        yield visit


def pages_of(visit: Visit) -> list[str]:
    people = visit.readership
    return [
        "/",
        "/help",
        "/topics",
        f"/t/{TOPIC}",
        "/podcasts",
        f"/p/{PODCAST}",
        "/l/daily",
        "/l/daily/archive",
        "/search",
        *(f"/i/{insight_id}" for insight_id in people.insight_ids[:2]),
        visit.brief_path,
        *(visit.deed_path(deed) for deed in ("up", "down", "more", "save")),
        visit.unsubscribe_path,
        visit.sign_in_path(),
        *ADMIN_PATHS,
        f"/admin/editions/{people.edition_id}",
        f"/admin/editions/{people.edition_id}/cancel",
    ]


def own_elements(page: str) -> set[str]:
    """Return what could act: script-like elements, and attributes that run or lead astray."""
    found = set()
    for element in html5lib.parse(page, namespaceHTMLElements=False).iter():
        if element.tag == "script" and (is_data(element) or is_own_file(element)):
            continue
        if element.tag in ("script", "iframe", "object", "embed", "svg", "base"):
            found.add(str(element.tag))
        for name, value in element.attrib.items():
            if name.startswith("on") or value.lower().startswith("javascript:") or name == "srcdoc":
                found.add(f"{name}={value}")
    return found


def is_own_file(script: Any) -> bool:
    return str(script.get("src", "")).startswith("/static/") and not script.text


def is_data(script: Any) -> bool:
    """Whether a script element is one that nothing runs, and holds whole JSON."""
    if script.get("type") != "application/ld+json" or script.get("src"):
        return False
    return bool(json.loads(script.text))


def test_every_route_carries_the_headers(visit):
    visit.sign_in()
    routes = [route for router in ROUTERS for route in router.routes]
    assert len(routes) > 15
    for route in routes:
        assert isinstance(route, Route)
        for method in sorted(route.methods or ()):
            path = route.path.replace("{number}", "999")
            answer = visit.client.request(method, path, follow_redirects=False)
            headers = answer.headers
            policy = headers["content-security-policy"]
            assert policy.startswith("default-src 'none'; "), path
            for part in ("frame-ancestors 'none'", "base-uri 'none'"):
                assert part in policy, path
            assert "unsafe" not in policy or path == "/b/{token}"
            assert headers["x-content-type-options"] == "nosniff", path
            assert headers["referrer-policy"] in ("no-referrer", "same-origin"), path
            if path in PUBLIC_PATHS:
                assert headers["cache-control"].startswith("public, max-age="), path
            else:
                assert headers["cache-control"] == "no-store", path
            assert "strict-transport-security" not in headers, path


@pytest.mark.parametrize("path", ["/nowhere", "/static/nowhere.css", "/static/site.css", "/b/x"])
def test_so_do_errors_and_files(visit, path):
    headers = visit.client.get(path).headers
    assert headers["content-security-policy"].startswith("default-src 'none'")
    assert headers["x-content-type-options"] == "nosniff"


def test_token_pages_send_no_referrer_at_all(visit):
    for path in (visit.brief_path, visit.deed_path("up"), visit.unsubscribe_path):
        assert visit.client.get(path).headers["referrer-policy"] == "no-referrer"


def test_no_page_loads_anything_from_elsewhere(visit):
    visit.sign_in()
    for path in pages_of(visit):
        for element in html5lib.parse(
            visit.client.get(path).text, namespaceHTMLElements=False
        ).iter():
            is_loaded = element.tag == "link" and element.get("rel") in ("stylesheet", "icon")
            source = element.get("src") or (element.get("href") if is_loaded else None)
            assert source is None or source.startswith("/static/"), (path, source)
            assert element.tag != "script" or is_data(element) or is_own_file(element)


@pytest.mark.parametrize("spite", SPITE)
def test_spite_in_names_headlines_and_texts_stays_text(
    database, database_url, clock, tmp_path, spite
):
    with open_site(
        database,
        database_url,
        clock,
        tmp_path / "home",
        name=spite,
        headline=spite,
        text=spite,
        list_name=spite[:100],
    ) as visit:
        visit.sign_in()
        for path in pages_of(visit):
            page = visit.client.get(path)
            assert page.status_code == 200, path
            assert own_elements(page.text) == set(), path
        shown = html5lib.parse(visit.client.get(visit.deed_path("up")).text)
        assert spite in "".join(shown.itertext())


@pytest.mark.parametrize("spite", SPITE)
def test_what_is_typed_into_an_address_or_a_search_stays_text(visit, spite):
    visit.sign_in()
    for path in (f"/b/{spite}", f"/u/{spite}", f"/{spite}", f"/signin/{spite}"):
        assert own_elements(visit.client.get(path).text) == set()
    found = visit.client.get("/search", params={"q": spite})
    assert found.status_code == 200
    assert own_elements(found.text) == set()
    page = visit.client.get("/admin/people", params={"search": spite, "after": spite})
    assert page.status_code == 200
    assert own_elements(page.text) == set()


def test_a_link_of_a_finding_that_is_no_web_address_is_not_printed(visit):
    with visit.database.transaction() as session:
        session.connection().exec_driver_sql("UPDATE insights SET url = 'javascript:alert(1)'")
        session.connection().exec_driver_sql("UPDATE episodes SET url = 'data:text/html,x'")
    page = visit.client.get(visit.deed_path("up")).text
    assert own_elements(page) == set()
    assert "data:text" not in page


def test_a_body_beyond_a_megabyte_is_refused_and_does_nothing(visit):
    announced = visit.client.post(visit.unsubscribe_path, content=b"a" * 1_000_001)
    assert announced.status_code == 413

    async def without_end() -> AsyncIterator[bytes]:
        for _ in range(30):
            yield b"a" * 50_000

    streamed = visit.client.post(
        visit.unsubscribe_path,
        content=without_end(),
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )
    assert streamed.status_code == 413
    assert "Leave Morning Five?" in visit.client.get(visit.unsubscribe_path).text


def test_https_brings_hsts_and_a_cookie_only_this_host_can_set(
    database, database_url, clock, tmp_path
):
    address = "https://brief.example.org"
    with open_site(database, database_url, clock, tmp_path / "home", public_url=address) as visit:
        assert "max-age=" in visit.client.get("/").headers["strict-transport-security"]
        answer = visit.post(
            visit.sign_in_path(), headers={"Origin": address}, follow_redirects=False
        )
        cookie = answer.headers["set-cookie"]
        assert cookie.startswith("__Host-podbrief_session=")
        for part in ("Secure", "HttpOnly", "SameSite=lax", "Path=/"):
            assert part in cookie
        assert "Domain" not in cookie


def test_under_a_path_all_links_carry_it(database, database_url, clock, tmp_path):
    address = "https://example.org/brief"
    with open_site(database, database_url, clock, tmp_path / "home", public_url=address) as visit:
        for prefix in ("", "/brief"):  # whether or not the proxy takes the path away
            page = visit.client.get(f"https://example.org{prefix}{visit.unsubscribe_path}")
            assert page.status_code == 200
            assert f'action="/brief{visit.unsubscribe_path}"' in page.text
            style = visit.client.get(f"https://example.org{prefix}/static/site.css")
            assert style.status_code == 200


def test_without_a_public_address_real_mail_is_not_served(visit):
    settings = visit.settings.model_copy(
        update={
            "smtp": visit.settings.smtp.model_copy(update={"url": "smtp://mail.example.org"}),
        }
    )
    with pytest.raises(ConfigurationError, match="PODBRIEF_PUBLIC_URL"):
        create_app(settings)


def test_only_what_tells_no_secret_by_its_length_is_compressed(visit: Visit):
    squeezed = visit.client.get("/static/podbrief.css", headers={"Accept-Encoding": "gzip"})
    assert squeezed.headers["content-encoding"] == "gzip"
    visit.sign_in()
    page = visit.client.get("/admin/people?search=x", headers={"Accept-Encoding": "gzip"})
    assert "content-encoding" not in page.headers
