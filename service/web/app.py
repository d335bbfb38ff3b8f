"""The web application: public pages, admin, health and metrics, behind one guard."""

import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from multiprocessing import parent_process

from fastapi import Depends, FastAPI
from starlette.staticfiles import StaticFiles

from service.clock import Clock, SystemClock
from service.config import STATIC, Settings, read_settings
from service.db.content_version import Version, content_version
from service.embedded.tether import end_with_parent
from service.log import set_up_logging
from service.web import operations
from service.web.admin import editions, lists, people, sign_in, stories, today, why
from service.web.page_cache import PageCache
from service.web.problems import handle_problems
from service.web.public import (
    archive,
    brief,
    cards,
    confirm,
    embed,
    feeds,
    help,  # noqa: A004 - a page's name
    home,
    insight,
    instead,
    mute,
    newsletter,
    own_pages,
    podcast,
    preferences_link,
    reaction,
    rhythm,
    search,
    share,
    sign_up,
    sitemap,
    source,
    topic,
    unsubscribe,
)
from service.web.security import Guard
from service.web.site import Site, build_site
from service.web.squeeze import Squeeze
from service.web.visits import note_visit
from service.web.webhooks import postmark

ROUTERS = tuple(
    room.router
    for room in (
        *(home, feeds, newsletter, archive, insight, topic, podcast, search, cards, sitemap),
        *(help, brief, share, mute, source, reaction, rhythm, unsubscribe, instead),
        *own_pages.ROOMS,
        *(sign_up, confirm, embed, preferences_link),
        operations,
        *(sign_in, today, editions, lists, people, stories, why),
        postmark,
    )
)


def create_app(settings: Settings | None = None, *, clock: Clock | None = None) -> FastAPI:
    """Return the application; run it with `uvicorn --factory service.web.app:create_app`.

    Raises `ConfigurationError` when a setting is wrong or missing.
    """
    site = build_site(settings or read_settings(), clock or SystemClock())

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        site.visits.start()
        yield
        site.visits.stop()
        site.database.dispose()

    app = FastAPI(
        title="Podbrief",
        lifespan=lifespan,
        openapi_url=None,  # these are pages and probes; there is no API here yet
        redirect_slashes=False,
    )
    app.state.site = site
    app.add_middleware(Guard, is_https=site.is_https, base=site.base)
    app.add_middleware(Squeeze, base=site.base)
    app.add_middleware(  # before the guard, whose headers it keeps
        PageCache,
        read_version=partial(_version_of, site),
        page_seconds=site.settings.web.page_seconds,
        check_seconds=site.settings.web.check_seconds,
    )
    handle_problems(app)
    for router in ROUTERS:
        signed = any("{token}" in getattr(route, "path", "") for route in router.routes)
        app.include_router(router, dependencies=[Depends(note_visit)] if signed else [])
    app.mount("/static", StaticFiles(directory=STATIC))
    return app


def create_served_app() -> FastAPI:
    """Return the application as the server runs it: one of several processes, perhaps.

    Those must not outlive the one that started them, and inherit no logging from it.
    """
    settings = read_settings()
    if parent_process() is not None:
        set_up_logging(level=settings.log.level, style=settings.log.format)
        end_with_parent(signal.SIGTERM)
    return create_app(settings)


def _version_of(site: Site) -> Version:
    with site.database.reading() as session:
        return content_version(session)
