"""Build the transport that the settings name."""

import httpx

from service.config import Settings
from service.sending.outcome import Transport
from service.sending.transports.postmark import PostmarkTransport
from service.sending.transports.smtp import SmtpTransport
from service.sending.transports.smtp_route import route_of
from service.sending.transports.smtp_timeouts import SmtpTimeouts

# Postmark answers in a second or two; a batch that was cut off is in doubt, so we wait long.
TIMEOUT = httpx.Timeout(connect=30, write=60, read=120, pool=30)
EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - where the catcher may listen


def build_transport(settings: Settings, *, share: int = 1) -> Transport:
    """Return the transport; `share` live worker processes divide its limits among them.

    Raises `ConfigurationError` when the settings cannot be followed.
    """
    if settings.postmark.token is not None:
        return _postmark(settings, share)
    return _smtp(settings, share)


def _smtp(settings: Settings, share: int) -> SmtpTransport:
    if settings.smtp.url is not None:
        url = settings.smtp.url.get_secret_value()
    else:
        host = EVERYWHERE.get(settings.catcher.host, settings.catcher.host)
        bracketed = f"[{host}]" if ":" in host else host
        url = f"smtp://{bracketed}:{settings.catcher.smtp_port}"
    return SmtpTransport(
        route_of(url, settings.smtp),
        connections=max(1, settings.smtp.max_connections // share),
        per_second=settings.smtp.max_per_second / share,
        timeouts=SmtpTimeouts(
            connect=settings.timing.connect_seconds,
            command=settings.timing.command_seconds,
            content=settings.timing.content_seconds,
            after_dot=settings.timing.dot_seconds,
        ),
    )


def _postmark(settings: Settings, share: int) -> PostmarkTransport:
    connections = max(1, settings.postmark.max_connections // share)
    client = httpx.Client(
        timeout=TIMEOUT,
        follow_redirects=False,
        limits=httpx.Limits(max_connections=connections),
    )
    return PostmarkTransport(
        client,
        settings.postmark,
        connections=connections,
        per_second=settings.postmark.max_per_second / share,
    )
