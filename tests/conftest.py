"""What every test may ask for, and what happens where there is no browser."""

import os
import shutil
from pathlib import Path

import pytest

from service.config import Settings

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
INSTALL = "sudo apt-get install -y chromium"

_not_run = pytest.StashKey[list[str]]()


def find_chromium() -> str | None:
    """Return the path of a Chromium of this machine."""
    return next((path for name in BROWSERS if (path := shutil.which(name))), None)


def browser_is_owed() -> bool:
    """Whether a missing browser is a fault: in CI, and for root, who could have installed it."""
    return bool(os.environ.get("CI")) or os.geteuid() == 0


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if find_chromium() is not None or browser_is_owed():
        return
    without = [item for item in items if item.get_closest_marker("browser") is not None]
    if without:
        items[:] = [item for item in items if item not in without]
        config.stash[_not_run] = [item.nodeid for item in without]
        config.hook.pytest_deselected(items=without)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    # Workers of xdist collect; the one that reports has to look for itself.
    if find_chromium() is not None or browser_is_owed():
        return
    terminalreporter.section("browser tests not run: there is no Chromium")
    for node in terminalreporter.config.stash.get(_not_run, _browser_files()):
        terminalreporter.line(f"  {node}")
    terminalreporter.line(f"To run them: {INSTALL}, then make test")


def _browser_files() -> list[str]:
    root = Path(__file__).parent
    return sorted(
        str(path.relative_to(root.parent))
        for path in root.rglob("test_*.py")
        if "pytest.mark.browser" in path.read_text("utf-8")
    )


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of a Chromium to drive."""
    path = find_chromium()
    if path is None:
        pytest.fail(f"there is no Chromium: {INSTALL}")
    return path


@pytest.fixture(autouse=True)
def _settings_of_no_developer(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No test reads the environment or the `.env` of whoever runs it."""
    for name in [name for name in os.environ if name.startswith("PODBRIEF_")]:
        monkeypatch.delenv(name)
    monkeypatch.setattr("service.config.ENV_FILE", tmp_path / ".env")
    monkeypatch.setitem(Settings.model_config, "env_file", tmp_path / ".env")
