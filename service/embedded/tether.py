"""Become a command that does not outlive whoever started it, even when that one is killed.

Run by its path with a bare interpreter: `python -I -S tether.py PARENT SIGNAL COMMAND…`. A step of
its own, since code between fork and exec is not safe in a process that has threads.
"""

import ctypes
import os
import sys

PR_SET_PDEATHSIG = 1  # prctl(2): the signal we get when the thread that started us ends


def end_with_parent(number: int) -> None:
    """Ask the kernel for signal `number` when the thread that started this process ends."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, number)


def tether(parent: int, number: int, command: list[str]) -> None:
    """Ask the kernel for signal `number` at the parent's death, then run `command` in our place."""
    end_with_parent(number)
    if sys.platform == "linux" and os.getppid() != parent:  # it died before we asked
        sys.exit(1)
    os.execvp(command[0], command)  # noqa: S606 - no shell is wanted


if __name__ == "__main__":
    tether(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:])
