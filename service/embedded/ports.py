"""Find out before anything starts whether the ports we want are free, or take others."""

import errno
import socket
from dataclasses import dataclass, replace

from service.config import Settings
from service.errors import ConfigurationError

TRIES = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """One place to listen at, and the setting that names its port."""

    setting: str
    what: str
    host: str
    port: int


def addresses(settings: Settings, *, with_web: bool) -> list[Address]:
    """Return where the parts of `settings` listen."""
    found = []
    if with_web:
        found.append(
            Address(
                setting="PODBRIEF_WEB_PORT",
                what="the site",
                host=settings.web.host,
                port=settings.web.port,
            )
        )
    if settings.uses_catcher:
        for setting, what, port in (
            ("PODBRIEF_CATCHER_SMTP_PORT", "the mail catcher", settings.catcher.smtp_port),
            ("PODBRIEF_CATCHER_INBOX_PORT", "the inbox page", settings.catcher.inbox_port),
        ):
            found.append(Address(setting=setting, what=what, host=settings.catcher.host, port=port))
    return found


def settled(wanted: list[Address], *, may_move: bool = False) -> list[Address]:
    """Return `wanted` with real ports: 0 becomes a free one, a taken one moves when it may.

    Raises `ConfigurationError` naming the setting of each port that is taken and may not move.
    """
    found: list[Address] = []
    taken: list[str] = []
    for address in wanted:
        others = {other.port for other in found}
        if address.port and address.port not in others and _is_free(address.host, address.port):
            found.append(address)
        elif address.port == 0 or may_move:
            found.append(replace(address, port=_free_port(address.host, avoid=others)))
        else:
            taken.append(
                f"port {address.port} for {address.what} is in use by another program: "
                f"stop that, or set {address.setting} to another port"
            )
    if taken:
        raise ConfigurationError("\n".join(taken))
    return found


def _is_free(host: str, port: int) -> bool:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        socket.create_server((host, port), family=family).close()
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            return False
        raise ConfigurationError(
            f"nothing can listen on {host} port {port}: {error.strerror}"
        ) from error
    return True


def _free_port(host: str, avoid: set[int]) -> int:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for _ in range(TRIES):
        with socket.create_server((host, 0), family=family) as listener:
            port: int = listener.getsockname()[1]
        if port not in avoid:
            return port
    raise ConfigurationError(f"no free port was found on {host}")
