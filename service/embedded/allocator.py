"""Have freed memory given back, where the C library would keep it."""

import ctypes

_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8  # glibc's numbers of what can be set
_KILOBYTE = 1024
_SETTINGS = (
    # a pool of memory for each thread is for programs whose threads all allocate at once
    (_ARENA_MAX, 1),
    # or whatever size was freed once is kept for good, up to 32 MB a piece
    (_MMAP_THRESHOLD, 256 * _KILOBYTE),
    (_TRIM_THRESHOLD, 256 * _KILOBYTE),
)


def give_memory_back() -> None:
    """Set the allocator of this process; C libraries other than glibc are left as they are.

    A page's arrays are large and short-lived, and its threads take turns: as glibc comes, a site
    at rest holds a quarter more than it needs.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):
        return
    for number, value in _SETTINGS:
        mallopt(number, value)
