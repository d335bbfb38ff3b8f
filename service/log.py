"""Logging: events with fields, never addresses or secrets; set up once at an entry point."""

import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any

import structlog

_SECRET_FIELD = re.compile(r"password|secret|token|authorization|cookie|api_?key", re.IGNORECASE)
_ADDRESS = re.compile(r"[^\s@<>\"'=,;:/]+@[^\s@<>\"'=,;:]+\.[^\s@<>\"'=,;:]+")
_URL_PASSWORD = re.compile(r"(\w+://[^:/@\s]*):[^@/\s]+@")
_SIGNED_PATH = re.compile(
    r"/(b|f|m|me|u|address|confirm|signin|webhooks/[a-z]+)/[A-Za-z0-9_-]{20,}"
)

log: structlog.stdlib.BoundLogger = structlog.get_logger()


def set_up_logging(*, level: str, style: str) -> None:
    """Send our events and the libraries' records to standard error in one form."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        redact,
    ]
    renderer: Any = (
        structlog.processors.JSONRenderer()
        if style == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), pad_event_to=0)
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    for chatty in ("httpx", "httpcore", "kombu", "celery", "alembic", "amqp"):
        logging.getLogger(chatty).setLevel(max(root.level, logging.WARNING))


def redact(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Blank what must never be in a log: secrets by name, addresses and signed links by form."""
    for name, value in event.items():
        event[name] = _blanked(name, value)
    return event


def _blanked(name: str, value: Any) -> Any:
    """Look into what holds other values; what is no plain value is judged by how it would print."""
    if _SECRET_FIELD.search(name):
        return "[redacted]"
    if isinstance(value, Mapping):
        return {key: _blanked(str(key), inner) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_blanked(name, inner) for inner in value]
    if value is None or isinstance(value, bool | int | float):
        return value
    return redacted(value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value))


def redacted(text: str) -> str:
    """Return `text` without URL passwords, addresses and the tokens of signed links."""
    text = _URL_PASSWORD.sub(r"\1:[redacted]@", text)
    text = _ADDRESS.sub("[address]", text)
    return _SIGNED_PATH.sub(r"/\1/[token]", text)
