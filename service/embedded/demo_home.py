"""Where the demo plays: a state folder of its own, and settings that can mail nobody."""

import json
import os
from pathlib import Path
from typing import Any

from dotenv import dotenv_values

from service.config import ENV_FILE, PREFIX, Settings, read_settings
from service.embedded.installation import LOCK_FILE
from service.errors import ConfigurationError

MARK_FILE = "demo.json"  # in every state folder a demo made; one without it is somebody's own
ONCE_FOLDER = "demo-once"
# What the demo follows; a store, a broker or a mail server that is set is left alone.
FOLLOWED = ("HOME", "WEB_", "CATCHER_", "WORKER_", "BEAT_", "LOG_")


def leave_real_things_alone() -> list[str]:
    """Take every setting the demo must not follow out of our environment, and return their names.

    `.env` is read here once; who calls this must then go where there is none, see `move_into`.
    """
    read = {name.upper(): value for name, value in dotenv_values(ENV_FILE).items()}
    given = {**read, **{name.upper(): value for name, value in os.environ.items()}}
    ours = {name: value for name, value in given.items() if name.startswith(PREFIX)}
    for name in [name for name in os.environ if name.upper().startswith(PREFIX)]:
        del os.environ[name]
    left_alone = []
    for name, value in ours.items():
        if not name.removeprefix(PREFIX).startswith(FOLLOWED):
            left_alone.append(name)
        elif value is not None:
            os.environ[name] = value
    return sorted(left_alone)


def demo_folder(*, once: bool) -> Path:
    """Return the demo's state folder; raises `ConfigurationError` when it is not a demo's."""
    home = Path(os.environ.get(f"{PREFIX}HOME", "var")).resolve()
    if once:
        home /= ONCE_FOLDER
    if (home / "podbrief.db").exists() and not (home / MARK_FILE).exists():
        raise ConfigurationError(
            f"{home} holds an installation of its own, and the demo would give its people sample "
            "briefs. Give the demo another folder: PODBRIEF_HOME=var-demo make demo"
        )
    home.mkdir(parents=True, exist_ok=True)
    if not (home / MARK_FILE).exists():
        write_mark(home, {})
    return home


def move_into(home: Path) -> Settings:
    """Go to `home`, where no `.env` is, and return the settings that hold there."""
    os.environ[f"{PREFIX}HOME"] = str(home)
    os.chdir(home)
    return read_settings()


def empty(home: Path) -> None:
    """Remove what an earlier demo left; the lock and the mark stay."""
    for folder, folders, files in os.walk(home, topdown=False):
        for name in files:
            if folder != str(home) or name not in {LOCK_FILE, MARK_FILE}:
                Path(folder, name).unlink()
        for name in folders:
            path = Path(folder, name)
            if path.is_symlink():
                path.unlink()
            else:
                path.rmdir()


def read_mark(home: Path) -> dict[str, Any]:
    """Return what earlier demos noted about this folder."""
    found = json.loads((home / MARK_FILE).read_text("utf-8"))
    return found if isinstance(found, dict) else {}


def write_mark(home: Path, noted: dict[str, Any]) -> None:
    (home / MARK_FILE).write_text(json.dumps(noted), "utf-8")
