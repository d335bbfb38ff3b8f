"""The inbox pages: the list, one mail in its four forms, and clearing it all."""

import datetime as dt
from collections.abc import Callable
from email.utils import parseaddr
from typing import Any
from urllib.parse import urlencode

import jinja2
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from service.config import STATIC, TEMPLATES, Settings
from service.embedded.catcher.api import api_routes, whole_number
from service.embedded.catcher.guard import MAIL_POLICY, Guard, is_from_own_page, known_hosts
from service.embedded.catcher.reading import Reading, framed, take_apart
from service.embedded.catcher.store import Inbox

PAGE_LENGTH = 50
VIEWS = ("html", "text", "headers", "source")
FRAME_WIDTHS = {"phone": 360, "desktop": 680}
KILOBYTE = 1_000


def inbox_app(settings: Settings, *, after_clearing: Callable[[], None]) -> Starlette:
    """Return the inbox page and its JSON API over the kept mail."""
    inbox = Inbox(settings.home)
    pages = _Pages(inbox, after_clearing)
    return Starlette(
        routes=[
            Route("/", pages.mails),
            Route("/messages/{id:int}", pages.mail),
            Route("/messages/{id:int}/html", pages.mail_html),
            Route("/clear", pages.clear, methods=["GET", "POST"]),
            *api_routes(inbox),
            Mount("/static", StaticFiles(directory=STATIC)),
            Route("/{path:path}", pages.missing),
        ],
        middleware=[Middleware(Guard, hosts=known_hosts(settings))],
    )


class _Pages:
    """The endpoints; plain functions, so they run in the thread pool beside the SMTP server."""

    def __init__(self, inbox: Inbox, after_clearing: Callable[[], None]) -> None:
        self._inbox = inbox
        self._after_clearing = after_clearing
        self._templates = jinja2.Environment(
            loader=jinja2.FileSystemLoader(TEMPLATES / "pages"),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.filters.update(
            clock=_clock, day=_day, amount=_amount, grouped=_grouped, name=_name
        )

    def mails(self, request: Request) -> Response:
        search = request.query_params.get("search", "").strip()
        before = whole_number(request, "before")
        found = self._inbox.messages(search, before, PAGE_LENGTH + 1)
        shown = found[:PAGE_LENGTH]
        is_more = len(found) > PAGE_LENGTH
        return self._page(
            "list.html",
            mails=shown,
            tally=self._inbox.tally(),
            search=search,
            is_first_page=before is None,
            newest_link=_link("/", search=search),
            older_link=_link("/", search=search, before=shown[-1].id) if is_more else None,
        )

    def mail(self, request: Request) -> Response:
        mail = self._inbox.message(request.path_params["id"])
        if mail is None:
            return self.missing(request)
        reading = take_apart(mail.content)
        view = request.query_params.get("view", "")
        width = request.query_params.get("width", "")
        newer, older = self._inbox.neighbours(mail.summary.id)
        return self._page(
            "message.html",
            mail=mail.summary,
            reading=reading,
            view=view if view in VIEWS else _best_view(reading),
            views=VIEWS,
            width=width if width in FRAME_WIDTHS else "desktop",
            widths=FRAME_WIDTHS,
            newer=newer,
            older=older,
        )

    def mail_html(self, request: Request) -> Response:
        mail = self._inbox.message(request.path_params["id"])
        html = take_apart(mail.content).html if mail else None
        if html is None:
            return self.missing(request)
        return HTMLResponse(framed(html), headers={"Content-Security-Policy": MAIL_POLICY})

    def clear(self, request: Request) -> Response:
        if request.method == "GET":
            page = self._page("clear.html", tally=self._inbox.tally())
            # Under "no-referrer" browsers send forms without their origin: no check would pass.
            page.headers["Referrer-Policy"] = "same-origin"
            return page
        if not is_from_own_page(request):
            return self._page("refused.html", status=403)
        self._inbox.clear()
        self._after_clearing()
        return RedirectResponse("/", status_code=303)

    def missing(self, _request: Request) -> Response:
        return self._page("missing.html", status=404)

    def _page(self, name: str, *, status: int = 200, **values: Any) -> Response:
        return HTMLResponse(
            self._templates.get_template(f"inbox/{name}").render(values), status_code=status
        )


def _best_view(reading: Reading) -> str:
    if reading.html is not None:
        return "html"
    return "text" if reading.text is not None else "source"


def _link(path: str, **query: str | int) -> str:
    kept = {name: value for name, value in query.items() if value}
    return f"{path}?{urlencode(kept)}" if kept else path


def _clock(moment: dt.datetime) -> str:
    return f"{moment:%H:%M:%S}"


def _day(moment: dt.datetime) -> str:
    return f"{moment.day} {moment:%B %Y}"


def _amount(octets: int) -> str:
    """Return a size as people say it: 812 B, 44 KB, 1.3 MB."""
    if octets < KILOBYTE:
        return f"{octets}\N{NO-BREAK SPACE}B"
    if octets < KILOBYTE**2:
        return f"{octets / KILOBYTE:.0f}\N{NO-BREAK SPACE}KB"
    return f"{octets / KILOBYTE**2:.1f}\N{NO-BREAK SPACE}MB"


def _name(mailbox: str) -> str:
    """Return who a mailbox belongs to: the display name, else the address."""
    name, address = parseaddr(mailbox)
    return name or address or mailbox


def _grouped(number: int) -> str:
    return f"{number:,}"
