"""Read SMTP replies out of bytes as they come, whole or in pieces."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

LONGEST_LINE = 4096  # RFC 5321 asks for 512; servers chat more
MOST_LINES = 100
_LONGEST_GROUP = 500  # octets
_MOST_REMEMBERED = 120  # octets of a line that may well come again


class MalformedReplyError(Exception):
    """What came is not an SMTP reply; nothing after it can be trusted."""


@dataclass(frozen=True, slots=True)
class Reply:
    """One reply, its lines joined."""

    code: int
    text: str

    @property
    def is_positive(self) -> bool:
        return self.code // 100 == 2  # noqa: PLR2004 - RFC 5321 4.2.1: the first digit decides


class ReplyReader:
    """Collects bytes and gives back whole replies."""

    def __init__(self) -> None:
        self._rest = b""
        self._lines: list[bytes] = []

    @property
    def is_between_replies(self) -> bool:
        """Whether nothing has come of the next reply yet."""
        return not (self._rest or self._lines)

    def feed(self, data: bytes) -> Iterator[Reply]:
        """Yield the replies that `data` completes, so that those before a malformed one count.

        Raises `MalformedReplyError`, after which the reader is of no use any more.
        """
        lines = (self._rest + data).split(b"\n")
        self._rest = lines.pop()
        for line in lines:
            stripped = line.rstrip(b"\r")
            if not self._lines and (known := _remembered(stripped)):
                yield known
                continue
            self._take(stripped)
            if stripped[3:4] != b"-":
                yield self._whole()
        if len(self._rest) > LONGEST_LINE:
            raise MalformedReplyError("a reply line without an end")

    def _take(self, line: bytes) -> None:
        code = line[:3]
        if len(line) > LONGEST_LINE or len(self._lines) >= MOST_LINES:
            raise MalformedReplyError("a reply too long to be one")
        if not _is_code(code) or line[3:4] not in (b" ", b"-", b""):
            raise MalformedReplyError(f"not an SMTP reply: {line[:80]!r}")
        if self._lines and self._lines[0][:3] != code:
            raise MalformedReplyError(f"a reply that changes its code: {line[:80]!r}")
        self._lines.append(line)

    def _whole(self) -> Reply:
        lines, self._lines = self._lines, []
        text = b"\n".join(line[4:] for line in lines) if len(lines) > 1 else lines[0][4:]
        return Reply(int(lines[0][:3]), text.decode("utf-8", "replace"))


@lru_cache(maxsize=1024)
def group_of(data: bytes) -> tuple[Reply, ...]:
    """Return the replies that `data` is, where all are whole and of one line; else none.

    Servers answer a group of commands with the same few octets all day.
    """
    *lines, rest = data.split(b"\r\n")
    replies = [_remembered(line) for line in lines]
    if rest or len(data) > _LONGEST_GROUP or not all(replies):
        return ()
    return tuple(reply for reply in replies if reply)


def _is_code(code: bytes) -> bool:
    return len(code) == 3 and code.isdigit() and b"200" <= code <= b"599"  # noqa: PLR2004


@lru_cache(maxsize=1024)
def _remembered(line: bytes) -> Reply | None:
    """Return the reply that is this one line; servers say the same few things all day."""
    if len(line) > _MOST_REMEMBERED or line[3:4] != b" " or not _is_code(line[:3]):
        return None
    return Reply(int(line[:3]), line[4:].decode("utf-8", "replace"))
