"""A site that listens, filled with one small readership: what journeys visit."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from playwright.sync_api import Page
from sqlalchemy import select

from service.accounts.sign_in import create_link
from service.accounts.staff import create_staff
from service.audience.models import AddressChange, NewsletterList, Subscription
from service.clock import SystemClock
from service.config import Settings
from service.db.database import Database
from service.editions.models import EditionPick
from service.rendering.links import BRIEF_LINKS_LAST, manage_token
from service.tokens import Purpose, Signer
from tests.factories.readership import Readership, build_readership
from tests.factories.store import make_subscriber, make_subscription


class Served:
    """A site that listens, and what it was filled with."""

    def __init__(self, address: str, settings: Settings, database: Database) -> None:
        self.address = address
        self.database = database
        self.keys = settings.signing_keys()
        self.signer = Signer(self.keys)
        now = SystemClock().now()
        states = ("accepted",) * 8 + ("planned", "skipped")
        with database.transaction() as session:
            self.people: Readership = build_readership(session, now=now, states=states)
            create_staff(session, email="ines@example.org", name="Ines Marlow", now=now)
            newsletter = session.get_one(NewsletterList, self.people.list_id)
            waiting = make_subscriber(
                session, email="eve@example.org", address_key="eve@example.org"
            )
            make_subscription(
                session, newsletter, subscriber=waiting, status="pending", next_due_at=None
            )
            session.add_all(
                EditionPick(edition_id=self.people.edition_id, insight_id=insight_id, place=place)
                for place, insight_id in enumerate(self.people.insight_ids, start=1)
            )

    @property
    def brief(self) -> str:
        return f"{self.address}/b/{self.people.brief_token(self.signer)}"

    def deed(self, deed: str) -> str:
        return f"{self.brief}/{self.people.insight_ids[0]}/{deed}"

    @property
    def unsubscribe(self) -> str:
        return f"{self.address}/u/{self.people.unsubscribe_token(self.signer)}"

    @property
    def own_token(self) -> str:
        return manage_token(
            self.signer,
            subscriber_id=self.people.subscriber_id,
            link_number=0,
            today=self.people.local_date,
        )

    @property
    def address_token(self) -> str:
        with self.database.transaction() as session:
            change = AddressChange(
                subscriber_id=self.people.subscriber_id,
                new_email="ada@new.example",
                asked_at=SystemClock().now(),
                expires_at=SystemClock().now() + BRIEF_LINKS_LAST,
            )
            session.add(change)
            session.flush()
            return self.signer.sign(Purpose.ADDRESS, change.id, 1)

    @property
    def confirm_token(self) -> str:
        with self.database.reading() as session:
            waiting = session.scalars(select(Subscription.id).filter_by(status="pending")).one()
        return self.signer.sign(Purpose.CONFIRM, waiting)

    @property
    def rhythm_token(self) -> str:
        return self.signer.sign(Purpose.RHYTHM, self.people.subscription_id)

    def sign_in(self) -> str:
        with self.database.transaction() as session:
            secret = create_link(session, email="ines@example.org", now=SystemClock().now())
        return f"{self.address}/signin/{secret}"

    def enter(self, page: Page) -> None:
        """Sign a browser in to the admin."""
        page.goto(self.sign_in())
        page.get_by_role("button", name="Sign in").click()
        page.get_by_role("button", name="Sign out").wait_for()

    def pages(self) -> list[tuple[str, str]]:
        """Return every page a person may see: its route, and an address of that form."""
        deed = "/b/{token}/{insight_id}/{deed}"
        edition = f"/admin/editions/{self.people.edition_id}"
        found = {
            "/": "/",
            "/help": "/help",
            "/i/{name}": f"/i/{self.people.insight_ids[0]}",
            "/t/{slug}": "/t/bees",
            "/topics": "/topics",
            "/p/{name}": "/p/1",
            "/podcasts": "/podcasts",
            "/l/{slug}": "/l/daily",
            "/l/{slug}/archive": "/l/daily/archive",
            "/l/{slug}/archive/{date}": f"/l/daily/archive/{self.people.local_date}",
            "/search": "/search?q=copper",
            deed: self.deed("up"),
            "/b/{token}/{insight_id}/share": self.deed("share"),
            "/b/{token}/{insight_id}/mute": self.deed("mute"),
            "/u/{token}": self.unsubscribe,
            "/u/{token}/pause": f"{self.unsubscribe}/pause",
            "/l/{slug}/embed": "/l/daily/embed",
            "/l/{slug}/sign-up": "/l/daily/sign-up",
            "/preferences": "/preferences",
            "/confirm/{token}": f"/confirm/{self.confirm_token}",
            "/me/{token}": f"/me/{self.own_token}",
            **{
                f"/me/{{token}}/{place}": f"/me/{self.own_token}/{place}"
                for place in ("briefs", "saved", "known", "feed", "erase")
            },
            "/address/{token}": f"/address/{self.address_token}",
            "/rhythm/{token}": f"/rhythm/{self.rhythm_token}",
            "/signin/{secret}": self.sign_in(),
            "/admin": "/admin",
            "/admin/editions": "/admin/editions",
            "/admin/editions/{number}": edition,
            "/admin/editions/{number}/cancel": f"{edition}/cancel",
            "/admin/lists": "/admin/lists",
            "/admin/people": "/admin/people",
            "/admin/stories": "/admin/stories",
            "/admin/briefs/{date}/{number}/why": (
                f"/admin/briefs/{self.people.local_date}/{self.people.brief_id}/why"
            ),
        }
        return [
            (pattern, place if place.startswith("http") else self.address + place)
            for pattern, place in found.items()
        ]


@contextmanager
def running(server: uvicorn.Server, line: socket.socket) -> Iterator[None]:
    """Serve on a socket that listens already: whoever comes early waits in its queue."""
    thread = threading.Thread(target=server.run, kwargs={"sockets": [line]})
    thread.start()
    yield
    server.should_exit = True
    thread.join(20)
