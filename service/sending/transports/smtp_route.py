"""Where an SMTP URL leads, and how safely."""

import ipaddress
import re
import socket
import ssl
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from urllib.parse import unquote, urlsplit

from service.errors import ConfigurationError
from service.setting_groups import SmtpSettings

_HELO_NAME = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*|\[[0-9A-Fa-f:.IPv]+\]")


class Security(StrEnum):
    """The schemes of PODBRIEF_SMTP_URL."""

    OPPORTUNISTIC = "smtp"  # STARTTLS where it is offered; once offered, never without
    REQUIRED = "smtp+starttls"  # STARTTLS or nothing
    IMPLICIT = "smtps"  # TLS from the first byte
    PLAIN = "smtp+plain"  # never TLS


DEFAULT_PORTS = {
    Security.OPPORTUNISTIC: 25,
    Security.REQUIRED: 587,
    Security.IMPLICIT: 465,
    Security.PLAIN: 25,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpRoute:
    """Everything about the other side that settings say."""

    host: str
    port: int
    security: Security
    helo_name: str
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    mechanism: str = "auto"  # auto, plain, login, xoauth2
    tls: ssl.SSLContext | None = field(default=None, repr=False, compare=False)

    @property
    def is_loopback(self) -> bool:
        """Whether nothing but this machine lies between us and the server."""
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return self.host.lower() == "localhost"


def route_of(url: str, settings: SmtpSettings) -> SmtpRoute:
    """Read the URL; raises `ConfigurationError` with a line that says how to mend it."""
    example = "smtp+starttls://user:password@mail.example.org:587"
    try:
        parts = urlsplit(url)
        security = Security(parts.scheme.lower())
        port = parts.port or DEFAULT_PORTS[security]
    except ValueError:
        raise ConfigurationError(
            "PODBRIEF_SMTP_URL must begin with smtp://, smtp+starttls://, smtps:// or "
            f"smtp+plain:// and name a host and port, such as {example}"
        ) from None
    if not parts.hostname or parts.path not in ("", "/") or parts.query or parts.fragment:
        raise ConfigurationError(
            "PODBRIEF_SMTP_URL needs a host and nothing after the port; a /, ?, # or @ in the "
            f"password is written %2F, %3F, %23, %40. Example: {example}"
        )
    if (parts.username is None) != (parts.password is None):
        raise ConfigurationError("PODBRIEF_SMTP_URL has a user without a password, or the reverse")
    helo_name = settings.helo_name or own_name()
    if not _HELO_NAME.fullmatch(helo_name):
        raise ConfigurationError("PODBRIEF_SMTP_HELO_NAME is not a host name")
    return SmtpRoute(
        host=parts.hostname,
        port=port,
        security=security,
        helo_name=helo_name,
        user=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
        mechanism=settings.auth,
        tls=None if security is Security.PLAIN else _tls_context(settings.verify_certificate),
    )


@lru_cache
def own_name() -> str:
    """Return this host's full name, or an address literal when it has none (RFC 5321 4.1.3)."""
    name = socket.getfqdn()
    return name if "." in name and _HELO_NAME.fullmatch(name) else "[127.0.0.1]"


def _tls_context(verify: bool) -> ssl.SSLContext:  # noqa: FBT001 - one private caller
    context = ssl.create_default_context()
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
