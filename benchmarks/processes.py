"""What processes cost: CPU seconds and memory, read from /proc."""

import os
from pathlib import Path

PROC = Path("/proc")
TICKS = os.sysconf("SC_CLK_TCK")
MEGABYTE = 1024 * 1024


def tree(pid: int) -> list[int]:
    """Return a process and all that descend from it."""
    children: dict[int, list[int]] = {}
    for folder in PROC.iterdir():
        if folder.name.isdigit() and (fields := _stat(int(folder.name))):
            children.setdefault(int(fields[1]), []).append(int(folder.name))
    found = [pid]
    for parent in found:  # grows while it is walked
        found += children.get(parent, [])
    return found


def cpu_seconds(pid: int) -> float:
    """Return what a process tree has used so far; children that ended are in their parent's."""
    total = 0
    for member in tree(pid):
        if fields := _stat(member):
            total += sum(int(value) for value in fields[11:15])  # utime, stime, cutime, cstime
    return total / TICKS


def peak_memory_mb(pid: int | str = "self") -> float:
    """Return the most memory a process held at one time (VmHWM)."""
    return _status(pid, "VmHWM:")


def memory_mb(pid: int | str = "self") -> float:
    """Return the memory a process holds now (VmRSS)."""
    return _status(pid, "VmRSS:")


def forget_peak() -> None:
    """Begin the measurement of this process's peak anew, where the kernel lets us."""
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        return


def _status(pid: int | str, name: str) -> float:
    for line in (PROC / str(pid) / "status").read_text("ascii", "replace").splitlines():
        if line.startswith(name):
            return int(line.split()[1]) * 1024 / MEGABYTE
    return 0.0


def _stat(pid: int) -> list[str]:
    """Return the fields after the command's name, which may hold blanks and brackets."""
    try:
        text = (PROC / str(pid) / "stat").read_text("ascii", "replace")
    except OSError:  # it ended while we looked
        return []
    return text.rpartition(")")[2].split()
