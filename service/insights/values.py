"""An insight as it comes in, before it has a row."""

import datetime as dt
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class NewInsight:
    """All a source says of one insight; what it does not say is None."""

    key: str  # the source's own id, or made of the text's hash
    text: str
    text_hash: str
    headline: str | None = None
    podcast: str | None = None
    episode: str | None = None  # only with a podcast
    episode_url: str | None = None  # only with an episode
    speaker: str | None = None
    timecode: int | None = None
    published_at: dt.datetime | None = None  # None: now when it is new, else as it was
    url: str | None = None
    quality: float = 0.5
    language: str = "en"
    topics: Mapping[str, str] = field(default_factory=dict)  # slug to name


@dataclass(slots=True)
class StoreTally:
    """What became of rows that came in."""

    added: int = 0
    updated: int = 0
    unchanged: int = 0
    notes: Counter[str] = field(default_factory=Counter)  # no fault, but worth knowing
