"""Which waves this machine knows to have been committed, whatever the store says today.

Every process writes them to its journal; the newest of those whose journals are gone is kept in
one small file beside them. Journals of the living are read too: such a line is written after its
commit, so it is true whoever holds the file.
"""

import fcntl
import os
import zlib
from collections.abc import Iterable
from pathlib import Path

from service.sending.journal import SUFFIX, KnownWave, whole_lines

KEPT = "last-wave"
TAIL_BYTES = 256_000  # more than a wave's lines: the last one stands in here


def known_waves(folder: Path) -> list[KnownWave]:
    """Return the newest wave each journal of this machine knows, and the one that was kept."""
    found = (_last_wave(path) for path in [*folder.glob(f"*{SUFFIX}"), folder / KEPT])
    return [wave for wave in found if wave is not None]


def keep_newest(folder: Path, waves: Iterable[KnownWave]) -> None:
    """Keep the newest of `waves`, and of what was kept before: their journal is about to go.

    Raises `OSError` when that cannot be written; then the journal must stay.
    """
    newest = max(waves, key=lambda wave: wave.started_at, default=None)
    if newest is None:
        return
    with (folder / KEPT).open("a+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        kept = _last_wave(folder / KEPT)
        if kept is not None and kept.started_at >= newest.started_at:
            return
        line = str(newest).encode("ascii")
        file.write(b"\n%b %08x\n" % (line, zlib.crc32(line)))  # what was cut before spoils nothing


def _last_wave(path: Path) -> KnownWave | None:
    try:
        with path.open("rb") as file:
            file.seek(max(0, os.fstat(file.fileno()).st_size - TAIL_BYTES))
            tail = file.read()
    except FileNotFoundError:  # its process was settled while we looked
        return None
    for line in reversed(whole_lines(tail)):
        kind, *words = line.split(" ")
        if kind == "W":
            return KnownWave.parse(words)
    return None
