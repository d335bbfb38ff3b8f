"""How much memory there is for us, and how much of it the embedded PostgreSQL keeps pages in."""

import os
from pathlib import Path

MEGABYTE = 1024 * 1024
LEAST_MB, MOST_MB = 64, 256
SHARE = 16
_LIMITS = (
    Path("/sys/fs/cgroup/memory.max"),  # of a container
    Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"),  # of one on an older kernel
)


def memory_mb() -> int:
    """Return the memory of the machine, or the limit of our container where that is less."""
    here = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return min([here, *filter(None, map(_limit, _LIMITS))]) // MEGABYTE


def shared_buffers_mb(memory: int) -> int:
    """Return what to give PostgreSQL for its pages of `memory`: a sixteenth, within bounds.

    Planning a large edition touches more pages than the least holds; each that has to make room is
    written by whoever plans, at a seventh of what planning costs the store.
    """
    return max(LEAST_MB, min(MOST_MB, memory // SHARE))


def _limit(path: Path) -> int | None:
    try:
        text = path.read_text("ascii").strip()
    except OSError:
        return None
    return int(text) if text.isdigit() else None
