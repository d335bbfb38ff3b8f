"""What every page needs, built once when the application starts."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, cast
from urllib.parse import urlsplit

from fastapi import Depends, Request

from service.audience.sign_up_limits import Gate, Limits
from service.clock import Clock
from service.config import Settings
from service.db.database import Database
from service.db.open_database import open_database
from service.feedback.verdict import read_ranges
from service.insights.understanding.load_model import load_text_model
from service.insights.understanding.text_model import ModelChoice, TextModel
from service.languages import Language, accepted, available, language
from service.monitoring.metrics import Metrics
from service.tokens import Signer
from service.web.bell import Bell
from service.web.client import IpNetwork, networks
from service.web.pages import Pages
from service.web.public.card_store import CardStore
from service.web.public.counts import Counts
from service.web.viewer import BriefViewer
from service.web.visits import VisitDesk

CHECKS_A_COUNT = 60  # a page may change within a second, the numbers on it within a minute


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """The parts the endpoints share; each is safe to use from many threads."""

    settings: Settings
    database: Database
    signer: Signer
    clock: Clock
    pages: Pages
    metrics: Metrics
    viewer: BriefViewer
    cards: CardStore
    gate: Gate
    bell: Bell
    trusted_proxies: Sequence[IpNetwork]
    visits: VisitDesk
    counts: Counts
    public_url: str  # no slash at the end

    @property
    def base(self) -> str:
        """The path our pages lie under, put before every link: empty, or such as /brief."""
        return urlsplit(self.public_url).path

    @property
    def text_model(self) -> TextModel:
        """What reads a search; loaded when first asked for, once a process."""
        text = self.settings.text
        return load_text_model(ModelChoice(text.model), folder=text.folder)

    @property
    def inbox_url(self) -> str | None:
        """Where the catcher shows its mail; None when mail goes out into the world."""
        if not self.settings.uses_catcher:
            return None
        return f"http://{self.settings.catcher.host}:{self.settings.catcher.inbox_port}/"

    @property
    def is_https(self) -> bool:
        return self.public_url.startswith("https://")


def build_site(settings: Settings, clock: Clock) -> Site:
    """Open what the pages need; raises `ConfigurationError` when a setting is missing."""
    public_url = settings.public_url
    settings.home.mkdir(parents=True, exist_ok=True)
    keys = settings.signing_keys()
    signer = Signer(keys)
    database = open_database(settings)
    return Site(
        settings=settings,
        database=database,
        signer=signer,
        clock=clock,
        pages=Pages(base=urlsplit(public_url).path),
        metrics=Metrics(database, settings, clock),
        viewer=BriefViewer(signer, public_url),
        visits=VisitDesk(
            database=database,
            clock=clock,
            signer=signer,
            settings=settings.visits,
            key=keys[0],
            ranges=read_ranges(settings.visits.scanner_ranges),
            proxies=networks(settings.web.trusted_proxies),
        ),
        cards=CardStore(
            settings.home / "cards", most_bytes=settings.web.cards_megabytes * 1_000_000
        ),
        gate=Gate(_limits(settings), keys[0]),
        bell=Bell(settings),
        trusted_proxies=networks(settings.web.trusted_proxies),
        counts=Counts(seconds=CHECKS_A_COUNT * settings.web.check_seconds),
        public_url=public_url,
    )


def _limits(settings: Settings) -> Limits:
    allowed = settings.signup
    return Limits(
        rest=dt.timedelta(hours=allowed.rest_hours),
        unanswered=allowed.unanswered,
        per_ip=allowed.per_ip,
        per_subnet=allowed.per_subnet,
        per_site=allowed.per_site,
    )


def site_of(request: Request) -> Site:
    """Return the site an application was made with."""
    return cast("Site", request.app.state.site)


def language_of(request: Request) -> Language:
    """Return the language of a page: the one its address asks for, or else the browser's."""
    asked = request.query_params.get("lang")
    if asked and asked in available():
        return language(asked)
    return accepted(request.headers.get("accept-language", ""))


Here = Annotated[Site, Depends(site_of)]
Lang = Annotated[Language, Depends(language_of)]
