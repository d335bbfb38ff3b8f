"""Tell others where the catcher listens: a small file, there only while it is ready."""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from service.embedded.catcher.schema import inbox_folder

PORTS_FILE = "ports.json"


@dataclass(frozen=True, slots=True)
class Ports:
    """The ports that were really taken; a setting of 0 lets the system choose."""

    smtp: int
    inbox: int


def write_ports(home: Path, ports: Ports) -> None:
    """Announce that the catcher is ready; nobody ever reads half of it."""
    path = inbox_folder(home) / PORTS_FILE
    unfinished = path.with_suffix(".part")
    unfinished.write_text(json.dumps(asdict(ports)), "utf-8")
    os.replace(unfinished, path)  # noqa: PTH105 - the atomic one, by its plain name


def read_ports(home: Path) -> Ports | None:
    """Return where the catcher listens, or None when it is not ready."""
    try:
        text = (inbox_folder(home) / PORTS_FILE).read_text("utf-8")
    except FileNotFoundError:
        return None
    return Ports(**json.loads(text))


def forget_ports(home: Path) -> None:
    """Say that nobody listens, also for a catcher that was killed."""
    (inbox_folder(home) / PORTS_FILE).unlink(missing_ok=True)
