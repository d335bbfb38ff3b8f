"""Be one part: the site or the mail catcher, without loading the whole command line.

`python -m service.embedded.run web` is what the supervisor starts; `podbrief web` calls the same.
"""

import sys
from collections.abc import Callable
from typing import Final

import uvicorn

from service.config import Settings, read_settings
from service.embedded.catcher.serve import serve
from service.errors import PodbriefError
from service.log import set_up_logging

STOP_SECONDS = 5


def run_web(settings: Settings) -> None:
    """Serve the site until SIGTERM or SIGINT."""
    set_up_logging(level=settings.log.level, style=settings.log.format)
    uvicorn.run(
        "service.web.app:create_app",
        factory=True,
        host=settings.web.host,
        port=settings.web.port,
        log_config=None,  # ours
        access_log=False,  # paths carry signed tokens
        server_header=False,
        timeout_graceful_shutdown=STOP_SECONDS,
    )


def run_catcher(settings: Settings) -> None:
    """Take mail and show it until SIGTERM or SIGINT."""
    set_up_logging(level=settings.log.level, style=settings.log.format)
    serve(settings)


PARTS: Final[dict[str, Callable[[Settings], None]]] = {"web": run_web, "catcher": run_catcher}


if __name__ == "__main__":
    try:
        PARTS[sys.argv[1]](read_settings())
    except PodbriefError as error:
        sys.exit(f"podbrief: {error}")
