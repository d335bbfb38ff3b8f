"""Start one of our own modules as a process and hear what it says, line by line."""

import subprocess
import sys
from typing import Any


def python_process(module: str, *options: str, **kwargs: Any) -> subprocess.Popen[str]:
    """Start `python -m module`; its input and output are pipes."""
    settings: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    return subprocess.Popen([sys.executable, "-m", module, *options], **(settings | kwargs))


def line_of(process: subprocess.Popen[str]) -> str:
    """Return its next line; raises when it ended without one."""
    line = process.stdout.readline() if process.stdout is not None else ""
    if not line:
        raise RuntimeError(f"a process ended early, with {process.wait()}")
    return line
