"""Keep the inbox page to its reader: which host names it answers to, what browsers may do with it.

A page on this machine can be reached by any web site the reader visits, through a name that site
owns and points at 127.0.0.1 (DNS rebinding). Such a request carries that name; an address or a
name of ours cannot be forged so.
"""

import ipaddress
from collections.abc import Iterable
from urllib.parse import urlsplit

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.config import Settings

PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; font-src 'self'; img-src 'self'; script-src 'self'; "
    "connect-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
MAIL_POLICY = (  # for a mail's own HTML: it may look like anything and do nothing
    "default-src 'none'; style-src 'unsafe-inline'; img-src data: https: http:; "
    "form-action 'none'; base-uri 'none'; frame-ancestors 'self'; "
    "sandbox allow-popups allow-popups-to-escape-sandbox"
)
_HEADERS = {
    "Content-Security-Policy": PAGE_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-store",
}


def known_hosts(settings: Settings) -> frozenset[str]:
    """Return the names this page is known by, in lower case."""
    names = {"localhost", settings.catcher.host.lower()}
    if settings.public.url is not None:
        names.add((urlsplit(settings.public.url).hostname or "localhost").lower())
    return frozenset(names)


class Guard:
    """Refuses strange hosts; puts the security headers on every answer that has none of its own."""

    def __init__(self, app: ASGIApp, *, hosts: Iterable[str]) -> None:
        self._app = app
        self._hosts = frozenset(hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        app = self._app if self._is_known(Request(scope)) else _STRANGE_HOST
        await app(scope, receive, send_guarded)

    def _is_known(self, request: Request) -> bool:
        host = _host_name(request.headers.get("host", ""))
        return host in self._hosts or _is_address(host)


def is_from_own_page(request: Request) -> bool:
    """Whether a form was sent by one of our own pages, as browsers tell (they all send Origin)."""
    origin = request.headers.get("origin", "")
    return origin == f"{request.url.scheme}://{request.headers.get('host', '')}"


_STRANGE_HOST = PlainTextResponse(
    "This inbox is not known by that name. Open it by its address, such as http://127.0.0.1:8025\n",
    status_code=421,
)


def _host_name(host: str) -> str:
    try:
        return (urlsplit(f"//{host}").hostname or "").lower()
    except ValueError:
        return ""


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
