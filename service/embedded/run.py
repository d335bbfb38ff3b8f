"""Be one part: the site or the mail catcher, without loading the whole command line.

`python -m service.embedded.run web` is what the supervisor starts; `podbrief web` calls the same.
"""

import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Final

import uvicorn
from uvicorn.supervisors import Multiprocess

from service.config import Settings, read_settings
from service.embedded.allocator import give_memory_back
from service.errors import PodbriefError
from service.log import set_up_logging

STOP_SECONDS = 5


def run_web(settings: Settings) -> None:
    """Serve the site until SIGTERM or SIGINT, in as many processes as are set."""
    give_memory_back()
    set_up_logging(level=settings.log.level, style=settings.log.format)
    config = uvicorn.Config(
        "service.web.app:create_served_app",
        factory=True,
        host=settings.web.host,
        port=settings.web.port,
        workers=settings.web.processes,
        log_config=None,  # ours
        access_log=False,  # paths carry signed tokens
        proxy_headers=False,  # service.web.client believes only the proxies the settings name
        server_header=False,
        timeout_graceful_shutdown=STOP_SECONDS,
    )
    line = config.bind_socket()
    # Head and body of an answer are two writes: with Nagle's algorithm the second would wait for
    # the acknowledgement of the first, 40 ms later. Those who are accepted here inherit this.
    line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if config.workers > 1:
        Multiprocess(config, sockets=[line]).run()
        return
    server = uvicorn.Server(config)
    with suppress(KeyboardInterrupt):  # it has shut down by then
        server.run(sockets=[line])
    if not server.started:
        sys.exit(1)


def run_catcher(settings: Settings) -> None:
    """Take mail and show it until SIGTERM or SIGINT."""
    from service.embedded.catcher.serve import serve  # noqa: PLC0415 - the site needs none of it

    set_up_logging(level=settings.log.level, style=settings.log.format)
    serve(settings)


PARTS: Final[dict[str, Callable[[Settings], None]]] = {"web": run_web, "catcher": run_catcher}


if __name__ == "__main__":
    try:
        PARTS[sys.argv[1]](read_settings())
    except PodbriefError as error:
        sys.exit(f"podbrief: {error}")
