"""Our site on a store of its own, with somebody to visit it: for tests of pages."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import select

from service.accounts.sign_in import create_link
from service.accounts.staff import create_staff
from service.audience.models import Subscriber
from service.clock import FixedClock
from service.config import Settings
from service.db.base import Base
from service.db.database import Database
from service.rendering.links import manage_token
from service.tokens import Signer
from service.web.app import create_app
from tests.factories.readership import Readership, build_readership

ADDRESS = "http://127.0.0.1:8000"
STAFF = "ines@example.org"
NO_BROKER = "redis://127.0.0.1:1/0"  # nobody listens there


class Browser:
    """A browser without eyes: keeps cookies, follows redirects, asks the application directly."""

    def __init__(self, app: Any, address: str) -> None:
        self._client = httpx.AsyncClient(
            transport=httpx.ASGITransport(app, raise_app_exceptions=False),
            base_url=address,
            follow_redirects=True,
        )

    @property
    def cookies(self) -> httpx.Cookies:
        return self._client.cookies

    def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        return asyncio.run(self._client.request(method, path, **options))

    def get(self, path: str, **options: Any) -> httpx.Response:
        return self.request("GET", path, **options)

    def post(self, path: str, **options: Any) -> httpx.Response:
        return self.request("POST", path, **options)


@dataclass
class Visit:
    """A client of the site, and what stands behind it."""

    client: Browser
    database: Database
    clock: FixedClock
    settings: Settings
    readership: Readership
    app: Any

    @property
    def signer(self) -> Signer:
        return Signer(self.settings.signing_keys())

    @property
    def brief_path(self) -> str:
        return f"/b/{self.readership.brief_token(self.signer)}"

    def deed_path(self, deed: str, pick: int = 0) -> str:
        return f"{self.brief_path}/{self.readership.insight_ids[pick]}/{deed}"

    @property
    def unsubscribe_path(self) -> str:
        return f"/u/{self.readership.unsubscribe_token(self.signer)}"

    @property
    def own_path(self) -> str:
        return self.own_path_of(self.readership.subscriber_id)

    def own_path_of(self, subscriber_id: int) -> str:
        with self.database.reading() as session:
            person = session.get_one(Subscriber, subscriber_id)
        token = manage_token(
            self.signer,
            subscriber_id=person.id,
            link_number=person.link_number,
            today=self.clock.now().date(),
        )
        return f"/me/{token}"

    def sign_in_path(self) -> str:
        with self.database.transaction() as session:
            return f"/signin/{create_link(session, email=STAFF, now=self.clock.now())}"

    def sign_in(self) -> None:
        answer = self.post(self.sign_in_path())
        assert answer.status_code == 200, answer.text

    def post(self, path: str, data: dict[str, str] | None = None, **options: Any) -> httpx.Response:
        """Send a form as a browser does from our own page."""
        headers = {"Origin": ADDRESS} | options.pop("headers", {})
        return self.client.post(path, data=data or {}, headers=headers, **options)

    def form_token(self) -> str:
        """Read the token of the forms on the admin's first page."""
        page = self.client.get("/admin").text
        return page.split('name="form_token" value="')[1].split('"')[0]


@contextmanager
def open_site(
    database: Database,
    database_url: str,
    clock: FixedClock,
    home: Path,
    *,
    public_url: str | None = None,
    broker_url: str = NO_BROKER,
    more_settings: dict[str, Any] | None = None,
    **readership: Any,
) -> Iterator[Visit]:
    """Fill the store, start the application on it, and visit it."""
    values: dict[str, Any] = {
        "home": home,
        "database": {"url": database_url},
        "broker": {"url": broker_url},
        "public": {"url": public_url},
        "web": {"check_seconds": 0},  # a test that changes content sees it on the next page
    }
    settings = Settings(**(values | (more_settings or {})), _env_file=None)
    with database.transaction() as session:
        people = build_readership(session, now=clock.now(), **readership)
        create_staff(session, email=STAFF, name="Ines Marlow", now=clock.now())
    app = create_app(settings, clock=clock)
    yield Visit(Browser(app, public_url or ADDRESS), database, clock, settings, people, app)
    app.state.site.database.dispose()


def dump(database: Database) -> dict[str, list[str]]:
    """Return every row of every table, to tell whether anything changed."""
    with database.reading() as session:
        return {
            name: sorted(repr(row) for row in session.execute(select(table)))
            for name, table in Base.metadata.tables.items()
        }
