"""Send text compressed where nothing secret could be told from its length."""

from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

SQUEEZED = ("/me/",)
"""Pages that only who holds their address can ask for; `page_cache` does it for what is public.

Never pages behind a cookie: there somebody else could make a browser ask for a page that repeats
their words beside a form's token, and guess the token from the lengths (BREACH, CVE-2013-3587).
"""


class Squeeze:
    """Compresses answers under these paths, for those who accept it."""

    def __init__(self, app: ASGIApp, *, base: str) -> None:
        self._app = app
        self._squeezing = GZipMiddleware(app, minimum_size=1_000, compresslevel=6)
        self._paths = tuple(base + path for path in SQUEEZED) + SQUEEZED

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_ours = scope["type"] == "http" and scope["path"].startswith(self._paths)
        await (self._squeezing if is_ours else self._app)(scope, receive, send)
