"""Briefs to render: one sound example of everything, changed by name."""

import datetime as dt
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from service.config import TEMPLATES
from service.rendering.brief import BriefRenderer
from service.rendering.compile import compile_template, read_files
from service.rendering.message import Content
from service.rendering.values import Card, Masthead, Pick, Reader
from service.tokens import Signer

FOLDER: Path = TEMPLATES / "email" / "daily_brief"
SIGNER = Signer([b"a key that is long enough to sign with"])
DATE = dt.date(2026, 11, 22)


def masthead(**changes: Any) -> Masthead:
    values: dict[str, Any] = {
        "list_slug": "five",
        "list_name": "The Morning Five",
        "from_name": "The Morning Five",
        "from_email": "five@brief.example.org",
        "reply_to": None,
        "postal_address": "14 Orchard Row, Millbrook",
        "local_date": DATE,
        "language": "en",
        "public_url": "https://brief.example.org",
        "unsubscribe_mailto": None,
    }
    return Masthead(**values | changes)


def card(insight_id: int = 1, **changes: Any) -> Card:
    values: dict[str, Any] = {
        "insight_id": insight_id,
        "headline": f"Headline number {insight_id}",
        "text": f"A finding, told in a sentence or two, number {insight_id}.",
        "podcast": "Load Factor",
        "episode": "Computing with the weather",
        "episode_url": "https://loadfactor.example/weather",
        "speaker": "Tomasz Reiter",
        "timecode": 1421,
        "url": None,
        "published_at": dt.datetime(2026, 11, 21, tzinfo=dt.UTC),
        "topics": ("Energy",),
    }
    return Card(**values | changes)


def reader(picks: Iterable[Pick | int] = (1,), **changes: Any) -> Reader:
    chosen = [pick if isinstance(pick, Pick) else Pick(pick, 1.0, "fresh", "") for pick in picks]
    values: dict[str, Any] = {
        "brief_id": 81204,
        "attempt": 1,
        "local_date": DATE,
        "subscription_id": 5521,
        "subscriber_id": 4410,
        "email": "nora@example.net",
        "name": "Nora Lindqvist",
        "hour": 7,
        "date_header": dt.datetime(2026, 11, 22, 6, 0, 4, tzinfo=dt.UTC),
        "picks": chosen,
    }
    return Reader(**values | changes)


def renderer(cards: Iterable[Card] = (), **changes: Any) -> BriefRenderer:
    """Return a renderer of the daily brief; without `cards`, with numbers 1 to 9."""
    known = list(cards) or [card(number) for number in range(1, 10)]
    return BriefRenderer(
        compile_template(FOLDER),
        masthead(**changes),
        {each.insight_id: each for each in known},
        SIGNER,
    )


def rendered(*cards: Card, **changes: Any) -> Content:
    """Return a brief of exactly these cards, in their order."""
    return renderer(cards).render(reader([each.insight_id for each in cards], **changes))


def template_files(**replaced: str) -> dict[str, str]:
    """Return the daily brief's files; `body_mjml="…"` replaces body.mjml."""
    files = read_files(FOLDER)
    return files | {name.replace("_", "."): content for name, content in replaced.items()}
