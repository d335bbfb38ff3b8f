"""Answer public pages from memory, ahead of routing and threads, until their content changes.

Whatever leaves the application as `Cache-Control: public` is the same for everybody who asks for
the same address in the same language. It is kept with the version of the content it shows, and
given out as long as that version stands: the store is asked for it at most once a second. The
headers are kept as the guard wrote them, so a kept page is as well protected as a fresh one.

While the store is away, what is kept is still given out, for an hour at most.
"""

import asyncio
import time
from collections.abc import Callable

from starlette.concurrency import run_in_threadpool
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.errors import UnavailableError
from service.languages import accepted
from service.log import log
from service.web.kept_pages import LARGEST_PAGE, Headers, Key, Page, Shelf

MOST_BYTES = 64_000_000  # in each process
LONGEST_QUERY = 40  # bytes; longer ones are nobody's common page
KEPT_WHILE_AWAY_SECONDS = 3600
_OURS = (b"content-length", b"etag", b"last-modified", b"accept-ranges")  # what a page sets anew
_KEPT_STATUSES = (200, 301, 308)
_CHECKS_UNWAITED = 3  # so many periods the answer of a slow store is not waited for


class PageCache:
    """Stands before the guard and the application."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        read_version: Callable[[], object],
        page_seconds: float,
        check_seconds: float,
    ) -> None:
        self._app = app
        self._read_version = read_version
        self._page_seconds = page_seconds
        self._check_seconds = check_seconds
        self._shelf = Shelf(MOST_BYTES)
        self._version: object = None
        self._checked_at = float("-inf")
        self._is_away = False
        self._checking: asyncio.Task[None] | None = None
        self._filling: dict[Key, asyncio.Event] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if (
            scope["type"] != "http"
            or scope["method"] not in ("GET", "HEAD")
            or _is_file_left_alone(scope)
        ):
            await self._app(scope, receive, send)
            return
        asked = _asked(scope["headers"])
        key = (scope["path"], scope["query_string"], accepted(asked.language).code)
        page = self._shelf.get(key)
        if page is not None:
            page = await self._good(key, page)
        if page is None:
            page = await self._fill(key, scope, receive, send)
        if page is None:
            return
        status, headers, body = page.answer(asked.if_none_match, asked.encodings)
        await send({"type": "http.response.start", "status": status, "headers": headers})
        is_head = scope["method"] == "HEAD"
        await send({"type": "http.response.body", "body": b"" if is_head else body})

    async def _good(self, key: Key, page: Page) -> Page | None:
        """Return the page if it still shows what there is; let one of many make it anew."""
        await self._check()
        age = time.monotonic() - page.kept_at
        if page.version == self._version and age < self._page_seconds:
            return page
        if self._is_away and age < KEPT_WHILE_AWAY_SECONDS:
            return page
        if (filling := self._filling.get(key)) is not None:
            await filling.wait()
            return self._shelf.get(key)
        return None

    async def _fill(self, key: Key, scope: Scope, receive: Receive, send: Send) -> Page | None:
        """Ask the application; return the page when it is for everybody, else pass it on."""
        await self._check()
        version, done = self._version, asyncio.Event()
        self._filling.setdefault(key, done)
        taker = _Taker(send)
        try:
            await self._app(scope, receive, taker)
            if taker.start is None:
                self._shelf.drop(key)
                return None
            body = b"".join(taker.parts)
            page = Page(taker.start["status"], taker.headers, body, version, time.monotonic())
            if scope["method"] == "GET" and not self._is_away and _is_worth_keeping(key, body):
                self._shelf.put(key, page)
            return page
        finally:
            if self._filling.get(key) is done:
                del self._filling[key]
            done.set()

    async def _check(self) -> None:
        """See to it that the version we know is not old; wait for a slow store only in the end."""
        age = time.monotonic() - self._checked_at
        if age < self._check_seconds:
            return
        if self._checking is None or self._checking.done():
            self._checking = asyncio.create_task(self._ask_version())
        if age >= _CHECKS_UNWAITED * self._check_seconds:
            await asyncio.shield(self._checking)

    async def _ask_version(self) -> None:
        try:
            self._version = await run_in_threadpool(self._read_version)
            self._is_away = False
        except UnavailableError as error:
            if not self._is_away:
                log.warning("content_version_unknown", reason=str(error))
            self._is_away = True
        self._checked_at = time.monotonic()


def _is_worth_keeping(key: Key, body: bytes) -> bool:
    return len(body) <= LARGEST_PAGE and len(key[1]) <= LONGEST_QUERY


class _Asked:
    """The three fields of a request that decide which form of a page is sent."""

    __slots__ = ("encodings", "if_none_match", "language")

    def __init__(self) -> None:
        self.language = ""
        self.if_none_match = b""
        self.encodings = b""


def _asked(headers: Headers) -> _Asked:
    asked = _Asked()
    for name, value in headers:
        if name == b"accept-language":
            asked.language = value.decode("latin-1")
        elif name == b"if-none-match":
            asked.if_none_match = value
        elif name == b"accept-encoding":
            asked.encodings = value
    return asked


class _Taker:
    """Takes an answer in when it is for everybody, and passes on every other as it comes."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.start: Message | None = None
        self.headers: Headers = []
        self.parts: list[bytes] = []

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start" and _is_for_everybody(message):
            self.start = message
            self.headers = [
                (name, value) for name, value in message["headers"] if name not in _OURS
            ]
        elif self.start is not None:
            self.parts.append(message.get("body", b""))
        else:
            await self._send(message)


def _is_file_left_alone(scope: Scope) -> bool:
    """Of our own files only styles, scripts and marks are kept and zipped here; fonts are not."""
    if "/static/" not in scope["path"]:
        return False
    return scope["method"] == "HEAD" or not scope["path"].endswith((".css", ".js", ".svg"))


def _is_for_everybody(start: Message) -> bool:
    if start["status"] not in _KEPT_STATUSES:
        return False
    fields = dict(start["headers"])
    is_public = fields.get(b"cache-control", b"").startswith(b"public")
    return is_public and b"set-cookie" not in fields and b"content-encoding" not in fields
