"""The Celery application of workers and beat."""

from typing import Any

from celery import Celery
from celery.signals import setup_logging

from service.config import read_settings
from service.jobs import celery_app
from service.log import set_up_logging


def build() -> Celery:
    """Return the app with every task; stops with one sentence when the settings are not right."""
    settings = read_settings()
    settings.public_url  # noqa: B018 - real mail with links to nowhere must not even start
    app = celery_app(settings)
    app.conf.imports = tuple(
        f"workers.{name}"
        for name in ("tasks.planning", "tasks.sending", "tasks.understanding", "lifecycle")
    )

    @setup_logging.connect(weak=False)
    def _log_as_everywhere(**_: Any) -> None:
        set_up_logging(level=settings.log.level, style=settings.log.format)

    return app


app = build()
