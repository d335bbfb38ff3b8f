"""The limit: postfix's smtp-source, which does nothing but send, against the same sink."""

import resource
import shutil
import subprocess
import time
from typing import Any

SESSIONS = 16


def smtp_source() -> str | None:
    """Return the path of smtp-source where postfix is installed."""
    return shutil.which("smtp-source") or shutil.which("smtp-source", path="/usr/sbin")


def run_limit(sink_port: int, *, mails: int, octets: int) -> dict[str, Any] | None:
    """Send `mails` of `octets` each over kept connections; None where postfix is missing."""
    program = smtp_source()
    if program is None:
        return None
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(
        [
            *(program, "-d", "-s", str(SESSIONS), "-m", str(mails), "-l", str(octets)),
            *("-f", "five@brief.example.org", "-t", "reader@mail.example"),
            f"inet:127.0.0.1:{sink_port}",
        ],
        check=True,
    )
    seconds = time.perf_counter() - started
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {
        "mails": mails,
        "seconds": seconds,
        "briefs_per_s": mails / seconds,
        "cpu_s_per_1000": cpu * 1_000 / mails,
    }
