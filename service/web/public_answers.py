"""Answers that are the same for everybody: pages, feeds and pictures that may be kept and found."""

from starlette.responses import RedirectResponse, Response

FEED = "application/xml; charset=utf-8"
PAGE_SECONDS = 60  # a browser asks again after this, with the tag it has
FEED_SECONDS = 900
SITEMAP_SECONDS = 3600
FOR_EVER = 31_536_000  # a year, which is as long as caches keep anything


def for_everybody(
    page: Response, *, seconds: int = PAGE_SECONDS, is_found: bool = True
) -> Response:
    """Let caches keep an answer; `is_found` says whether search engines should show it.

    The page's own address may be told to whoever is linked from it, and forms on it name their
    origin; see `service.web.security` on why that is not so by default.
    """
    page.headers["Cache-Control"] = f"public, max-age={seconds}"
    page.headers["Vary"] = "Accept-Language, Accept-Encoding"
    page.headers["X-Robots-Tag"] = "all" if is_found else "noindex"
    page.headers["Referrer-Policy"] = "same-origin"
    return page


def feed(text: str, *, kind: str, seconds: int = FEED_SECONDS) -> Response:
    """Return XML that feed readers and search engines fetch, from wherever they run."""
    answer = for_everybody(Response(text, media_type=kind), seconds=seconds)
    answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    answer.headers["X-Robots-Tag"] = "noindex"  # the document itself; its links are followed
    return answer


def moved(url: str) -> Response:
    """Send everybody on to the one address a page has."""
    return for_everybody(RedirectResponse(url, status_code=301))
