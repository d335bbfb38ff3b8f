"""What browsers may do with our pages, and how much anybody may send us."""

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.web.refusals import TooLargeError

LONGEST_BODY = 1_000_000  # bytes; our largest form is a few hundred
LONGEST_REPORT = 5_000_000  # bytes; a bounce may bring its whole mail along

PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; "
    "img-src 'self' data:; font-src 'self'; form-action 'self'; frame-ancestors 'none'; "
    "base-uri 'none'"
)
MAIL_POLICY = (  # a brief in a browser: its styles stand in the HTML, as mails must have them
    "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data: https:; "
    "form-action 'none'; frame-ancestors 'none'; base-uri 'none'"
)
_EVERYWHERE = {
    "Content-Security-Policy": PAGE_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Nobody learns a signed address from us. Pages whose forms are checked for their origin say
    # "same-origin" instead: under "no-referrer" browsers send the origin as "null" (Fetch 3.2).
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), interest-cohort=()",
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex, nofollow",
}
_STATIC = {
    "Cache-Control": "public, max-age=3600",
    "Vary": "Accept-Encoding",
    "Cross-Origin-Resource-Policy": "cross-origin",  # the mark may be shown in a mail
}
_HTTPS_ONLY = "max-age=31536000"


class Guard:
    """Puts the headers on every answer that does not set its own, and stops bodies too large."""

    def __init__(self, app: ASGIApp, *, is_https: bool, base: str) -> None:
        self._app = app
        self._is_https = is_https
        self._base = base

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if self._base:
            # Pages are found with and without the path, whether or not a proxy takes it away.
            inside = scope["path"] == self._base or scope["path"].startswith(f"{self._base}/")
            path = scope["path"] if inside else self._base + scope["path"]
            scope = {**scope, "root_path": self._base, "path": path}
        is_static = "/static/" in scope["path"]
        longest = LONGEST_REPORT if "/webhooks/" in scope["path"] else LONGEST_BODY
        received = 0

        async def receive_counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > longest:
                raise TooLargeError
            return message

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                protect(headers, is_https=self._is_https, is_static=is_static)
            await send(message)

        await self._app(scope, receive_counted, send_guarded)


def refuse_large(headers: Headers) -> None:
    """Raise `TooLargeError` for a body that says it is too large, before any of it is read."""
    announced = headers.get("content-length", "0")
    if not announced.isdecimal() or int(announced) > LONGEST_BODY:
        raise TooLargeError


def protect(headers: MutableHeaders, *, is_https: bool, is_static: bool = False) -> None:
    """Add the headers an answer lacks."""
    wanted = _EVERYWHERE | _STATIC if is_static else _EVERYWHERE
    for name, value in wanted.items():
        headers.setdefault(name, value)
    if is_https:
        headers.setdefault("Strict-Transport-Security", _HTTPS_ONLY)
