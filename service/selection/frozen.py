"""What is kept of a choice, so that it can be explained, and for a while made again. Pure.

A page of readers is one string of bytes: a row of a few hundred bytes for each of two thousand
readers would cost more to write than the choice itself.
"""

import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from service.selection.candidates import Candidates
from service.selection.chosen import Chosen
from service.selection.explain import PARTS
from service.selection.numbers import distinct
from service.selection.outlook import Outlook
from service.selection.pack import Arrays, pack, unpack
from service.selection.page import Pairs
from service.selection.rules import Rules
from service.selection.tick import Tick

_NONE = 65_535
_MILLI = 1_000.0
_STORED_PARTS = tuple(PARTS.index(name) for name in ("topics", "taste", "podcast", "speaker"))
_SHARED_PARTS = tuple(PARTS.index(name) for name in ("popularity", "quality"))
_RECENCY = PARTS.index("recency")
_ARRAYS = (
    *("insight_ids", "story_ids", "thread_ids", "podcast_ids", "episode_ids", "speakers"),
    *("quality", "age_hours", "topics", "shown", "liked", "disliked"),
)
_WORDS = ("topic_ids", "topic_names", "speaker_keys", "speaker_names", "model_id", "model")


@dataclass(frozen=True, slots=True, kw_only=True)
class FrozenTick:
    """A tick's candidates as they were; their vectors lie where insights have theirs."""

    candidates: Candidates  # without vectors
    rules: Rules
    list_name: str
    language: str
    vectors_mark: int


def freeze_tick(tick: Tick, *, list_name: str, language: str) -> bytes:
    """Return a tick's candidates, without their vectors, and its rules."""
    candidates = tick.candidates
    words = {
        **{name: getattr(candidates, name) for name in _WORDS},
        "languages": candidates.languages.tolist(),
        "podcast_names": sorted(candidates.podcast_names.items()),
        "rules": tick.rules.model_dump(),
        "vectors_mark": tick.vectors_mark,
        "list_name": list_name,
        "language": language,
    }
    arrays = {name: getattr(candidates, name) for name in _ARRAYS}
    arrays["topics"] = candidates.topics.astype(np.uint8)
    arrays["words"] = np.frombuffer(json.dumps(words).encode(), dtype=np.uint8)
    return zlib.compress(pack(arrays), level=1)


def thaw_tick(octets: bytes) -> FrozenTick:
    """Return what `freeze_tick` kept."""
    arrays: dict[str, Any] = dict(unpack(zlib.decompress(octets)))
    words = json.loads(arrays.pop("words").tobytes())
    arrays["topics"] = arrays["topics"].astype(np.float32)
    candidates = Candidates(
        **arrays,
        **{name: words[name] for name in _WORDS},
        languages=np.array(words["languages"], dtype=np.str_),
        podcast_names=dict(words["podcast_names"]),
        vectors=np.zeros((len(arrays["insight_ids"]), 0), dtype=np.float32),
    )
    return FrozenTick(
        candidates=candidates,
        rules=Rules.model_validate(words["rules"]),
        list_name=words["list_name"],
        language=words["language"],
        vectors_mark=words["vectors_mark"],
    )


def freeze_readers(chosen: Chosen) -> bytes:
    """Return everything of a page's readers that decided what they got."""
    page, wants, wish = chosen.page, chosen.page.wants, chosen.wish
    rows, topics = np.nonzero(wants.topics)
    words = {"languages": list(wish.languages)}
    return pack(
        {
            "people": wish.people,
            "taste": wants.taste,
            "taste_rows": wants.taste_rows.astype(np.uint16),
            "taste_scale": wants.taste_scale,
            "taste_centre": wants.taste_centre.astype(np.float32),
            "unit": wants.unit.astype(np.uint16),
            "topic_rows": rows.astype(np.uint16),
            "topic_places": topics.astype(np.uint16),
            "topic_values": wants.topics[rows, topics].astype(np.int32),
            **_pairs("out", page.out),
            **_pairs("podcasts", page.follows_podcast),
            **_pairs("speakers", page.follows_speaker),
            "readers": page.languages.astype(np.uint16),
            "looks": page.looks.astype(np.uint8),
            "hours": np.array([one.hours for one in page.outlooks], dtype=np.uint16),
            "picks": page.picks.astype(np.uint8),
            "explores": page.explores,
            "own_topics": page.own_topics,
            "asked": wish.asked,
            "liked": wish.liked,
            "quiet": wish.quiet,
            "popularity": chosen.draw.popularity,
            **_novelties(page.outlooks),
            "words": np.frombuffer(json.dumps(words).encode(), dtype=np.uint8),
        }
    )


def freeze_tops(chosen: Chosen) -> bytes:
    """Return the picks of a page and the ten after them, with the parts of their scores."""
    both = np.concatenate([chosen.picked.positions, chosen.picked.following], axis=1)
    used, places = distinct(both + 1)  # NOTHING is 0
    first = int(np.searchsorted(used, 1))
    used, places = used[first:] - 1, places - first
    candidates, ground = chosen.tick.candidates, chosen.tick.ground
    shared = np.stack([chosen.draw.popularity, ground.quality], axis=1)
    recency = np.stack([one.recency for one in chosen.page.outlooks])
    milli = chosen.parts[_STORED_PARTS, :, :] * _MILLI
    np.clip(np.rint(milli, out=milli), -32_768, 32_767, out=milli)
    kept = np.zeros(both.shape, dtype=bool)
    kept[:, : chosen.kept.shape[1]] = chosen.kept
    return pack(
        {
            "people": chosen.wish.people,
            "places": np.where(places < 0, _NONE, places).astype(np.uint16),
            "kept": kept,
            "parts": np.moveaxis(milli.astype(np.int16), 0, -1),
            "insight_ids": candidates.insight_ids[used],
            "shared": shared[used].astype(np.float32),
            "looks": chosen.page.looks.astype(np.uint8),
            "recency": recency[:, used].astype(np.float32),
        }
    )


@dataclass(frozen=True, slots=True)
class Scored:
    """An insight as it stood with one reader."""

    insight_id: int
    is_pick: bool
    parts: dict[str, float]
    is_out: bool = False  # they had it, or muted it, or do not read its language

    @property
    def score(self) -> float:
        return sum(self.parts.values())


def thaw_tops(octets: bytes, *, subscriber_id: int) -> list[Scored]:
    """Return one reader's picks in their order, then what came next, best first."""
    arrays = unpack(octets)
    rows = np.flatnonzero(arrays["people"] == subscriber_id)
    if not len(rows):
        return []
    row = int(rows[0])
    found = []
    for column, place in enumerate(arrays["places"][row].tolist()):
        if place == _NONE:
            continue
        own = dict(zip(_STORED_PARTS, arrays["parts"][row, column] / _MILLI, strict=True))
        shared = dict(zip(_SHARED_PARTS, arrays["shared"][place], strict=True))
        shared[_RECENCY] = arrays["recency"][arrays["looks"][row], place]
        found.append(
            Scored(
                insight_id=int(arrays["insight_ids"][place]),
                is_pick=bool(arrays["kept"][row, column]),
                parts={
                    name: round(float((own | shared)[number]), 3)
                    for number, name in enumerate(PARTS)
                },
            )
        )
    others = sorted((one for one in found if not one.is_pick), key=lambda one: -one.score)
    return [one for one in found if one.is_pick] + others


def _novelties(outlooks: Sequence[Outlook]) -> Arrays:
    """Return what may be tried, of all outlooks one after the other, and where each ends."""
    each = [one.novelties.astype(np.uint16) for one in outlooks]
    ends = np.cumsum([len(one) for one in each], dtype=np.uint16)
    return {"novelties": np.concatenate(each), "novelty_ends": ends}


def _pairs(name: str, pairs: Pairs) -> Arrays:
    return {
        f"{name}_starts": pairs.starts.astype(np.uint32),
        f"{name}_positions": pairs.positions.astype(np.uint16),
        f"{name}_values": pairs.values,
    }
