"""Read a file line by line whatever is in it: no line can stop the rest or fill the memory."""

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from service.errors import InputError

LONGEST_LINE = 64 * 1024  # bytes
LARGEST_FILE = 1024**3  # bytes
MOST_LINES = 2_000_000
STANDARD_INPUT = "-"
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_UTF_16_MARKS = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True, slots=True)
class Line:
    """A line that is not blank: its text, or why it has none."""

    number: int
    text: str
    fault: str | None
    end: int  # bytes of the file up to here, for the progress bar


@dataclass(frozen=True, slots=True)
class LineFile:
    """A file that can be read twice."""

    name: str
    stream: BinaryIO
    size: int

    def lines(self) -> Iterator[Line]:
        """Read from the beginning: UTF-8 with or without mark, LF or CRLF, blank lines skipped.

        Raises `InputError` when the file holds more lines than an import takes.
        """
        self.stream.seek(0)
        number = end = 0
        while raw := self.stream.readline(LONGEST_LINE + 2):
            number += 1
            if number > MOST_LINES:
                raise InputError(f"{self.name}: more than {MOST_LINES:,} lines: cut it into parts")
            end += len(raw)
            too_long = len(raw.rstrip(b"\r\n")) > LONGEST_LINE
            while too_long and not raw.endswith(b"\n"):
                raw = self.stream.readline(LONGEST_LINE)  # the rest of it is passed over
                end += len(raw)
                if not raw:
                    break
            if too_long:
                yield Line(number, "", f"line: longer than {LONGEST_LINE // 1024} KB", end)
                continue
            line = _decoded(number, raw, end)
            if line.text or line.fault:
                yield line


@contextmanager
def open_lines(path: str) -> Iterator[LineFile]:
    """Open a file, or standard input for `-`, for reading more than once.

    Raises `InputError` when it cannot be read, is no plain file, too large, or UTF-16.
    """
    if path == STANDARD_INPUT:
        with tempfile.TemporaryFile() as kept:
            shutil.copyfileobj(sys.stdin.buffer, kept)
            yield _checked("stdin", kept)
        return
    try:
        stream = Path(path).open("rb")  # noqa: SIM115 - closed below; only opening may fail here
    except FileNotFoundError as error:
        raise InputError(f"{path} does not exist") from error
    except IsADirectoryError as error:
        raise InputError(f"{path} is a folder, not a file") from error
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "no such name can be"
        raise InputError(f"{path} cannot be read: {reason}") from error
    with stream:
        if not stream.seekable():  # a pipe: `podbrief insights import <(…)`
            with tempfile.TemporaryFile() as kept:
                shutil.copyfileobj(stream, kept)
                yield _checked(path, kept)
            return
        yield _checked(path, stream)


def _checked(name: str, stream: BinaryIO) -> LineFile:
    size = stream.seek(0, os.SEEK_END)
    stream.seek(0)
    if size > LARGEST_FILE:
        raise InputError(f"{name}: larger than {LARGEST_FILE // 1024**2:,} MB: cut it into parts")
    start = stream.read(2)
    if start in _UTF_16_MARKS:
        raise InputError(f"{name}: is UTF-16: save it as UTF-8")
    if start == b"\x1f\x8b":
        raise InputError(f"{name}: is compressed: unpack it first, `gunzip -c FILE | … import -`")
    return LineFile(name, stream, size)


def _decoded(number: int, raw: bytes, end: int) -> Line:
    if number == 1:
        raw = raw.removeprefix(_BYTE_ORDER_MARK)
    try:
        return Line(number, raw.decode("utf-8").strip("\r\n\t "), None, end)
    except UnicodeDecodeError as error:
        return Line(number, "", f"line: is not UTF-8 (byte {error.start + 1})", end)
