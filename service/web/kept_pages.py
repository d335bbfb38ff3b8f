"""The pages kept in memory, and how one is answered from there: pure bookkeeping, no waiting."""

import gzip
import re
from collections import OrderedDict
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b

Headers = list[tuple[bytes, bytes]]
Key = tuple[str, bytes, str]  # path, query, language

LARGEST_PAGE = 300_000  # bytes; what is larger is answered, and not kept
_SHORTEST_ZIPPED = 500
_ZIPPED_KINDS = (b"text/", b"application/", b"image/svg")
_TAKES_GZIP = re.compile(rb"(?:^|[,\s])gzip(?!\s*;\s*q=0(?:\.0+)?(?:\s|,|$))")


@dataclass(frozen=True)
class Page:
    """An answer as it left the application, ready to be sent to anybody."""

    status: int
    headers: Headers  # without length, encoding and tag, which depend on who asks
    body: bytes
    version: object
    kept_at: float

    @cached_property
    def etag(self) -> bytes:
        # weak: the same page goes out plain and zipped
        return b'W/"' + blake2b(self.body, digest_size=9).hexdigest().encode() + b'"'

    @cached_property
    def plain(self) -> tuple[Headers, bytes]:
        length = (b"content-length", str(len(self.body)).encode())
        return [*self.headers, (b"etag", self.etag), length], self.body

    @cached_property
    def zipped(self) -> tuple[Headers, bytes]:
        kind = next((value for name, value in self.headers if name == b"content-type"), b"")
        if len(self.body) < _SHORTEST_ZIPPED or not kind.startswith(_ZIPPED_KINDS):
            return self.plain
        body = gzip.compress(self.body, 6, mtime=0)
        told = [
            (b"etag", self.etag),
            (b"content-encoding", b"gzip"),
            (b"content-length", str(len(body)).encode()),
        ]
        return [*self.headers, *told], body

    @cached_property
    def unchanged(self) -> Headers:
        kept = [pair for pair in self.headers if pair[0] != b"content-type"]
        return [*kept, (b"etag", self.etag)]

    def answer(self, if_none_match: bytes, accept_encoding: bytes) -> tuple[int, Headers, bytes]:
        """Return status, header and body for somebody who has, and takes, what they say."""
        if if_none_match and self.status == 200 and self._is_among(if_none_match):  # noqa: PLR2004
            return 304, self.unchanged, b""
        takes_gzip = accept_encoding and _TAKES_GZIP.search(accept_encoding)
        headers, body = self.zipped if takes_gzip else self.plain
        return self.status, headers, body

    def _is_among(self, tags: bytes) -> bool:
        """RFC 9110 section 13.1.2: compared weakly; a star stands for whatever there is."""
        own = self.etag.removeprefix(b"W/")
        return any(tag.strip().removeprefix(b"W/") in (own, b"*") for tag in tags.split(b","))


class Shelf:
    """Pages by key; those not asked for longest go first when there are too many bytes."""

    def __init__(self, most_bytes: int) -> None:
        self._pages: OrderedDict[Key, Page] = OrderedDict()
        self._most_bytes = most_bytes
        self._bytes = 0

    def get(self, key: Key) -> Page | None:
        page = self._pages.get(key)
        if page is not None:
            self._pages.move_to_end(key)
        return page

    def put(self, key: Key, page: Page) -> None:
        self.drop(key)
        self._pages[key] = page
        self._bytes += _weight(page)
        while self._bytes > self._most_bytes:
            _, gone = self._pages.popitem(last=False)
            self._bytes -= _weight(gone)

    def drop(self, key: Key) -> None:
        gone = self._pages.pop(key, None)
        if gone is not None:
            self._bytes -= _weight(gone)


def _weight(page: Page) -> int:
    return 2_000 + 2 * len(page.body)  # with its headers, and the zipped form beside it
