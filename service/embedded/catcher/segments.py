"""Keep the mails' octets: appended to large files, found again by file, place and size.

They stand beside the SQLite index, not in it: SQLite would write them twice, to its journal and to
its table, and that was half of the catcher's whole work. Octets are written before the row that
names them is committed, so no row ever names octets that are not there.
"""

import os
from collections.abc import Iterator
from pathlib import Path

SEGMENT_BYTES = 256_000_000


def read_octets(folder: Path, *, segment: int, start: int, size: int) -> bytes | None:
    """Return what was appended at `start`, or None when the file has been removed since."""
    try:
        with _path(folder, segment).open("rb") as file:
            file.seek(start)
            return file.read(size)
    except FileNotFoundError:
        return None


class Segments:
    """The files of one inbox, for its one writer."""

    def __init__(self, folder: Path, *, segment_bytes: int = SEGMENT_BYTES) -> None:
        self._folder = folder
        self._segment_bytes = segment_bytes
        self._open(max(_numbers(folder), default=1))

    def append(self, octets: bytes) -> tuple[int, int]:
        """Write octets at the end; returns their segment and their place in it."""
        if self._size >= self._segment_bytes:
            self.close()
            self._open(self._number + 1)
        start, written = self._size, 0
        # By place, not at the end of the file: what a failed write left is overwritten by the next.
        while written < len(octets):
            rest = octets[written:] if written else octets
            written += os.pwrite(self._file, rest, start + written)
        self._size += written
        return self._number, start

    def remove_before(self, oldest: int | None) -> None:
        """Remove the files before `oldest`; all octets, when None of them is named any more."""
        for number in _numbers(self._folder):
            if number < (oldest or self._number):
                _path(self._folder, number).unlink(missing_ok=True)
        if oldest is None:
            os.ftruncate(self._file, 0)
            self._size = 0

    def close(self) -> None:
        os.close(self._file)

    def _open(self, number: int) -> None:
        self._number = number
        self._file = os.open(_path(self._folder, number), os.O_RDWR | os.O_CREAT, 0o600)
        self._size = os.fstat(self._file).st_size


def _path(folder: Path, number: int) -> Path:
    return folder / f"mail-{number:06}.bin"


def _numbers(folder: Path) -> Iterator[int]:
    return (int(path.stem.removeprefix("mail-")) for path in folder.glob("mail-*.bin"))
