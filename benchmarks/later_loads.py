"""What a web process comes to hold more of when it first rings, reads a text or draws a picture.

`python -m benchmarks.later_loads` prints megabytes, each as a process that did nothing else.
"""

import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from benchmarks.processes import memory_mb
from service.config import Settings
from service.embedded.allocator import give_memory_back
from service.insights.understanding.load_model import load_text_model
from service.jobs import Doorbell, Job
from service.web.app import create_app
from service.web.public.card_store import CardStore
from service.web.public.card_words import CardWords

SAID = "Bees count to four, and then guess"


def main(deeds: list[str]) -> None:
    """Do one deed and tell what it took; without one, have each done by a process of its own."""
    if not deeds:
        for name in DEEDS:
            subprocess.run([sys.executable, "-m", "benchmarks.later_loads", name], check=True)
        return
    (name,) = deeds
    give_memory_back()
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(home=Path(folder))
        create_app(settings)
        before = memory_mb()
        DEEDS[name](settings)
        print(f"{name:10} {memory_mb() - before:5.0f} MB")


def _ring(settings: Settings) -> None:
    Doorbell(settings).ring(Job.FIRST)  # nobody hears it: what it loads is the same


def _read(_settings: Settings) -> None:
    load_text_model().vectors([SAID])


def _draw(settings: Settings) -> None:
    CardStore(settings.home, most_bytes=1_000_000).picture(CardWords(SAID, ""))


DEEDS: dict[str, Callable[[Settings], None]] = {"ring": _ring, "read": _read, "draw": _draw}


if __name__ == "__main__":
    main(sys.argv[1:])
