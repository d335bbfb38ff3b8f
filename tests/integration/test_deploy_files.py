"""What is in deploy/ fits the program: files that are copied exist, commands that are run run."""

import configparser
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from service.cli.app import app
from service.config import setting_names

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
INSTALLED = "/opt/podbrief/.venv/bin/podbrief "
COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))
OURS = {name: it for name, it in COMPOSE["services"].items() if it["image"] == "podbrief"}
SOFT_SHUTDOWN_SECONDS = 25


def help_of(command: list[str]) -> str:
    """What `podbrief COMMAND --help` prints; it is an error for a command there is not."""
    shown = CliRunner().invoke(app, [*command, "--help"])
    assert shown.exit_code == 0, shown.output
    return shown.output


def instructions(name: str) -> list[list[str]]:
    """The instructions of the Dockerfile of one kind, as words."""
    text = (DEPLOY / "Dockerfile").read_text("utf-8").replace("\\\n", " ")
    lines = [line.split() for line in text.splitlines() if line and not line.startswith("#")]
    return [line[1:] for line in lines if line[0] == name]


class Unit:
    """A systemd unit; a key may stand more than once."""

    def __init__(self, path: Path) -> None:
        self.values: dict[str, list[str]] = {}
        parser = configparser.RawConfigParser(strict=False)
        parser.read_string(path.read_text("utf-8"))  # its form is right, and sections are known
        assert set(parser.sections()) <= {"Unit", "Service", "Install"}
        for line in path.read_text("utf-8").splitlines():
            key, is_pair, value = line.partition("=")
            if is_pair and not line.startswith("#"):
                self.values.setdefault(key, []).append(value)

    def the(self, key: str) -> str:
        (value,) = self.values[key]
        return value


def test_there_is_a_unit_for_each_part():
    assert {path.stem for path in UNITS} == {
        f"podbrief-{name}" for name in ("beat", "migrate", "up", "web", "worker")
    }
    wanted = Unit(DEPLOY / "systemd" / "podbrief.target").the("Wants").split()
    assert wanted == ["podbrief-web.service", "podbrief-worker.service", "podbrief-beat.service"]


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.stem)
def test_a_unit_runs_a_command_there_is(path: Path):
    unit = Unit(path)
    command = unit.the("ExecStart")
    assert command.startswith(INSTALLED)

    assert help_of(shlex.split(command.removeprefix(INSTALLED)))
    assert unit.the("EnvironmentFile") == "/etc/podbrief/podbrief.env"
    assert "PODBRIEF_HOME=/var/lib/podbrief" in unit.values["Environment"]
    assert unit.the("StateDirectory") == "podbrief"


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.stem)
def test_parts_start_again_and_the_schema_comes_first(path: Path):
    unit = Unit(path)
    if path.stem == "podbrief-migrate":
        assert unit.the("Type") == "oneshot"
        return
    assert unit.the("Restart") == "always"
    if path.stem != "podbrief-up":
        assert unit.the("Requires") == "podbrief-migrate.service"
        assert "podbrief-migrate.service" in unit.the("After")


@pytest.mark.parametrize("name", ["worker", "up"])
def test_a_worker_has_time_to_finish_what_it_began(name: str):
    unit = Unit(DEPLOY / "systemd" / f"podbrief-{name}.service")
    assert int(unit.the("TimeoutStopSec")) >= SOFT_SHUTDOWN_SECONDS + 20
    assert unit.the("KillMode") == "mixed"  # its children are Celery's to stop
    assert int(OURS["worker"]["stop_grace_period"].rstrip("s")) >= SOFT_SHUTDOWN_SECONDS + 20


def test_compose_has_our_parts_apart_and_their_stores():
    assert set(OURS) == {"migrate", "web", "worker", "beat"}
    assert set(COMPOSE["services"]) - set(OURS) == {"postgres", "valkey"}


@pytest.mark.parametrize("name", sorted(OURS))
def test_a_compose_service_runs_a_command_there_is(name: str):
    service: dict[str, Any] = OURS[name]
    assert help_of(service["command"])
    assert set(service["environment"]) <= set(setting_names())
    assert set(service["depends_on"]) <= set(COMPOSE["services"])
    named = {volume.partition(":")[0] for volume in service.get("volumes", [])}
    assert named <= set(COMPOSE["volumes"])


def test_the_broker_of_compose_keeps_doorbells_and_evicts_none():
    words = " ".join(COMPOSE["services"]["valkey"]["command"])
    assert "--maxmemory-policy noeviction" in words
    assert "--appendonly yes" in words


def test_the_migrate_command_brings_a_new_store_up(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "service.cli", *OURS["migrate"]["command"]],
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, "PODBRIEF_HOME": str(tmp_path)},
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "podbrief.db").stat().st_size > 0


def test_the_image_copies_what_there_is_and_is_allowed_to():
    allowed = (DEPLOY / "Dockerfile.dockerignore").read_text("utf-8").splitlines()
    copied = [
        source
        for words in instructions("COPY")
        if not any(word.startswith("--from") for word in words)
        for source in [word for word in words if not word.startswith("--")][:-1]
    ]
    assert set(copied) >= {"pyproject.toml", "uv.lock", "service", "workers", "templates"}
    assert [source for source in copied if not (ROOT / source).exists()] == []
    assert [source for source in copied if f"!{source}" not in allowed] == []


def test_the_image_and_the_makefile_take_the_same_uv():
    (dockerfile,) = re.findall(r"uv==(\S+)", (DEPLOY / "Dockerfile").read_text("utf-8"))
    (makefile,) = re.findall(
        r"^UV_VERSION := (\S+)", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE
    )
    assert dockerfile == makefile


def test_the_image_runs_as_nobody_special_and_starts_all_by_default(tmp_path):
    assert instructions("USER") == [["podbrief"]]
    assert instructions("ENTRYPOINT") == [['["entrypoint.sh"]']]
    assert instructions("CMD") == [['["up"]']]
    set_here = dict(pair.split("=", 1) for words in instructions("ENV") for pair in words)
    ours = {name for name in set_here if name.startswith("PODBRIEF_")}
    assert ours <= set(setting_names())


def entrypoint(home: Path, bin_folder: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    """Run it with a `podbrief` that says what it was given."""
    bin_folder.mkdir()
    (bin_folder / "podbrief").write_text('#!/bin/sh\necho "podbrief $*"\n')
    (bin_folder / "podbrief").chmod(0o755)
    return subprocess.run(
        ["/bin/sh", DEPLOY / "entrypoint.sh", *words],
        check=False,
        capture_output=True,
        text=True,
        env={"PATH": f"{bin_folder}:{os.environ['PATH']}", "PODBRIEF_HOME": str(home)},
    )


def test_the_entrypoint_makes_the_state_folder_and_becomes_podbrief(tmp_path):
    done = entrypoint(tmp_path / "state", tmp_path / "bin", "db", "upgrade")
    assert (done.returncode, done.stdout) == (0, "podbrief db upgrade\n")
    assert (tmp_path / "state").is_dir()


def test_the_entrypoint_says_so_when_the_state_folder_cannot_be_written(tmp_path):
    (tmp_path / "file").touch()
    done = entrypoint(tmp_path / "file" / "state", tmp_path / "bin", "up")
    assert done.returncode == 1
    assert "cannot be written by user" in done.stderr
