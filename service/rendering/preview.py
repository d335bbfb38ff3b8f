"""The sample a template carries, rendered: for the preview, the tests and the pictures in docs/."""

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from service.errors import TemplateError
from service.rendering.compile import read_files
from service.rendering.lint import SAMPLE
from service.rendering.message import Content
from service.rendering.notice import FOLDER_PREFIX, NoticeRenderer
from service.rendering.values import Card, Letter, Masthead, Pick, Reader
from service.rendering.voices import Voices
from service.tokens import Signer

_SAMPLE_KEY = b"signs only links of samples, which lead nowhere"


@dataclass(frozen=True, slots=True)
class SampleBrief:
    """A brief that nobody is owed: all it takes to render a template."""

    masthead: Masthead
    cards: Mapping[int, Card]
    reader: Reader


def render_sample(folder: Path, lang: str | None = None) -> Content:
    """Render a template's own sample, as it is or in another language.

    Raises `TemplateError` when the template or its sample is at fault.
    """
    files = read_files(folder)
    if folder.name.startswith(FOLDER_PREFIX):
        return NoticeRenderer(folder.parent).render(
            replace(sample_letter(files), language=lang) if lang else sample_letter(files)
        )
    sample = sample_brief(files)
    voices = Voices(
        files, sample.masthead, sample.cards, Signer([_SAMPLE_KEY]), template=folder.name
    )
    return voices.render(replace(sample.reader, language=lang) if lang else sample.reader)


def sample_brief(files: Mapping[str, str]) -> SampleBrief:
    """Read the sample among a template's files."""
    try:
        raw = json.loads(files[SAMPLE])
        masthead = Masthead(
            **raw["masthead"] | {"local_date": dt.date.fromisoformat(raw["masthead"]["local_date"])}
        )
        picks = [
            Pick(card["insight_id"], 1.0, card.pop("reason"), card.pop("argument"))
            for card in raw["cards"]
        ]
        cards = [_card(card) for card in raw["cards"]]
        reader = Reader(
            **raw["reader"]
            | {
                "local_date": masthead.local_date,
                "date_header": dt.datetime.fromisoformat(raw["reader"]["date_header"]),
                "picks": picks,
            }
        )
    except (KeyError, TypeError, ValueError) as error:
        raise TemplateError(f"the sample is not complete: {error}", file=SAMPLE) from error
    return SampleBrief(masthead, {card.insight_id: card for card in cards}, reader)


def sample_letter(files: Mapping[str, str]) -> Letter:
    """Read the sample among the files of a notice's template."""
    try:
        raw = json.loads(files[SAMPLE])
        moments = {
            name: dt.datetime.fromisoformat(raw[name]) for name in ("created_at", "expires_at")
        }
        return Letter(**raw | moments)
    except (KeyError, TypeError, ValueError) as error:
        raise TemplateError(f"the sample is not complete: {error}", file=SAMPLE) from error


def _card(raw: dict[str, Any]) -> Card:
    return Card(**raw | {"published_at": dt.datetime.fromisoformat(raw["published_at"])})
