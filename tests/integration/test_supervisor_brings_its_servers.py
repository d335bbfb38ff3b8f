"""The servers of a single box: Valkey on a socket of its own, ports that are checked first."""

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import redis

from service.config import Settings
from service.embedded.installation import only_one, with_real_ports
from service.embedded.supervisor import Supervisor
from service.embedded.valkey import valkey_part
from service.errors import ConfigurationError, ConflictError
from service.jobs import broker_socket
from service.setting_groups import CatcherSettings, WebSettings

NEVER = threading.Event()


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """A state folder whose runtime folder goes with it."""
    yield tmp_path
    folder = broker_socket(tmp_path).parent
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()


@pytest.fixture
def supervisor() -> Iterator[Supervisor]:
    supervisor = Supervisor(lambda _name, _line: None)
    yield supervisor
    supervisor.hurry()
    supervisor.stop()


def valkey(home: Path) -> redis.Redis:
    return redis.Redis(unix_socket_path=str(broker_socket(home)), decode_responses=True)


def test_valkey_listens_for_us_alone_and_keeps_what_it_holds(home, supervisor):
    supervisor.start(valkey_part(home))
    assert supervisor.wait_until_ready(NEVER, 20)
    with valkey(home) as client:
        client.lpush("plan", "who is due?")
        assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
        assert client.config_get("port") == {"port": "0"}
    assert broker_socket(home).stat().st_mode & 0o077 == 0
    assert broker_socket(home).parent.stat().st_mode & 0o077 == 0
    supervisor.stop()

    again = Supervisor(lambda _name, _line: None)
    again.start(valkey_part(home))
    assert again.wait_until_ready(NEVER, 20)
    with valkey(home) as client:
        assert client.lrange("plan", 0, -1) == ["who is due?"]
    again.stop()


def test_a_second_run_on_one_folder_is_refused_by_name(tmp_path):
    with (
        only_one(tmp_path),
        pytest.raises(ConflictError, match=rf"runs for {tmp_path} \(process {os.getpid()}\)"),
        only_one(tmp_path),
    ):
        pass
    with only_one(tmp_path):
        pass


def settings_with(home: Path, *, web: int, smtp: int = 0, inbox: int = 0) -> Settings:
    return Settings(
        home=home,
        web=WebSettings(port=web),
        catcher=CatcherSettings(smtp_port=smtp, inbox_port=inbox),
    )


@pytest.fixture
def taken_port() -> Iterator[int]:
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        yield listener.getsockname()[1]


def test_a_taken_port_is_one_sentence_that_names_the_setting(tmp_path, taken_port):
    with pytest.raises(
        ConfigurationError,
        match=f"port {taken_port} for the site is in use .* PODBRIEF_WEB_PORT to another port",
    ):
        with_real_ports(settings_with(tmp_path, web=taken_port), with_web=True)


def test_the_demo_moves_away_from_a_taken_port_and_says_so(tmp_path, taken_port, monkeypatch):
    for name in ("PODBRIEF_WEB_PORT", "PODBRIEF_CATCHER_SMTP_PORT", "PODBRIEF_CATCHER_INBOX_PORT"):
        monkeypatch.setenv(name, "")

    settings, moved = with_real_ports(
        settings_with(tmp_path, web=taken_port), with_web=True, may_move=True
    )

    assert [address.what for address in moved] == ["the site"]
    assert settings.web.port not in (0, taken_port)
    assert os.environ["PODBRIEF_WEB_PORT"] == str(settings.web.port)
    ports = {settings.web.port, settings.catcher.smtp_port, settings.catcher.inbox_port}
    assert len(ports) == 3
