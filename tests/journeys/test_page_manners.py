"""Every page: axe-core finds nothing, it weighs little, asks no stranger, fits every window."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, CDPSession, Page
from starlette.routing import Route

from service.web.app import ROUTERS
from tests.factories.served import Served

pytestmark = pytest.mark.browser

AXE = Path(__file__).parents[1] / "payloads" / "axe" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
LONGEST_PAGE = 100_000  # bytes on the wire, with style, fonts and scripts
SIZES = [(360, "light"), (360, "dark"), (1280, "light"), (1280, "dark")]
NO_PAGE = {  # routes that answer programs
    *("/livez", "/readyz", "/metrics", "/favicon.ico"),
    *("/robots.txt", "/sitemap.xml", "/sitemaps/pages.xml", "/sitemaps/insights-{number}.xml"),
    *("/l/{slug}/feed.{kind}", "/t/{slug}/feed.{kind}", "/cards/{kind}/{name}"),
    "/f/{token}.{kind}",
    *("/b/{token}/open.gif", "/b/{token}/{insight_id}/source", "/b/{token}/{insight_id}/episode"),
    "/b/{token}",  # the mail's own HTML; looked at as a mail
    *("/b/{token}/open.gif", "/b/{token}/{insight_id}/source", "/b/{token}/{insight_id}/episode"),
    "/u/{token}/rhythm",  # leads on to the page that asks
    *("/admin/briefs/{date}/{number}/why.json", "/admin/people/{number}/why"),
}


def test_every_page_is_visited(served: Served):
    paths = {
        route.path
        for router in ROUTERS
        for route in router.routes
        if isinstance(route, Route) and "GET" in (route.methods or set())
    }
    assert paths - NO_PAGE == {pattern for pattern, _ in served.pages()}


@pytest.mark.parametrize(("width", "scheme"), SIZES)
def test_axe_finds_nothing_on_any_page(served: Served, browser: Browser, width: int, scheme: str):
    context = browser.new_context(
        viewport={"width": width, "height": 800},
        color_scheme="dark" if scheme == "dark" else "light",
        bypass_csp=True,  # axe itself is a script of ours, brought in by the test
    )
    page = context.new_page()
    served.enter(page)
    found = {}
    for pattern, address in served.pages():
        page.goto(address)
        page.add_script_tag(path=AXE)
        result = page.evaluate(
            "rules => axe.run(document, {runOnly: {type: 'tag', values: rules}})", RULES
        )
        for violation in result["violations"]:
            places = [node["target"] for node in violation["nodes"]]
            found[f"{pattern}: {violation['id']}"] = (violation["help"], places[:3])
    context.close()
    assert found == {}


def test_every_page_is_light_and_asks_nobody_else(served: Served, browser: Browser):
    heavy, strangers, complaints = {}, set(), []
    for pattern, address in served.pages():
        context = browser.new_context()
        page = context.new_page()
        if pattern.startswith("/admin"):
            served.enter(page)
        page.on("console", lambda message: complaints.append(f"{message.location}: {message.text}"))
        page.on("request", lambda request: strangers.add(request.url))
        weight = weighed(context.new_cdp_session(page), page, address)
        if weight > LONGEST_PAGE:
            heavy[pattern] = weight
        context.close()
    assert heavy == {}
    assert complaints == []
    assert {url for url in strangers if not url.startswith((served.address, "data:"))} == set()


@pytest.mark.parametrize(("width", "scheme"), SIZES)
def test_every_page_fits_its_window(served: Served, browser: Browser, width: int, scheme: str):
    context = browser.new_context(
        viewport={"width": width, "height": 800},
        color_scheme="dark" if scheme == "dark" else "light",
    )
    page = context.new_page()
    served.enter(page)
    too_wide = {}
    for pattern, address in served.pages():
        page.goto(address)
        if (needs := page.evaluate("document.documentElement.scrollWidth")) > width:
            too_wide[pattern] = needs
    context.close()
    assert too_wide == {}


def weighed(line: CDPSession, page: Page, address: str) -> float:
    """Return the bytes a page costs when nothing of it is in a cache."""
    sizes: list[float] = []
    line.send("Network.enable")
    line.on("Network.loadingFinished", lambda told: sizes.append(told["encodedDataLength"]))
    page.goto(address, wait_until="networkidle")
    return sum(sizes)
