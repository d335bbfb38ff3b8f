"""Choose once more for one reader, from what was frozen when it was done first. Pure."""

import json

import numpy as np

from service.selection.chosen import Chosen, Wish, made_of
from service.selection.frozen import FrozenTick
from service.selection.pack import Arrays, pack, unpack
from service.selection.page import Page, Pairs
from service.selection.scoring import Wants
from service.selection.tick import Draw, Tick


def chosen_again(octets: bytes, tick: Tick, frozen: FrozenTick, *, subscriber_id: int) -> Chosen:
    """Choose anew for one reader of a page; raises `KeyError` when they are not on it."""
    arrays = unpack(octets)
    found = np.flatnonzero(arrays["people"] == subscriber_id)
    if not len(found):
        raise KeyError(subscriber_id)
    row = int(found[0])
    one = np.array([row])
    words = json.loads(arrays["words"].tobytes())
    drawn = arrays["popularity"].astype(np.float64)
    look = int(arrays["looks"][row])
    novelties = np.split(arrays["novelties"].astype(np.int64), arrays["novelty_ends"])[look]
    outlook = tick.outlook(int(arrays["hours"][look]), drawn, novelties)
    draw = Draw(popularity=drawn, outlooks=(outlook,))
    page = Page(
        wants=_wants(arrays, row, topics=len(tick.candidates.topic_ids)),
        outlooks=draw.outlooks,
        looks=np.zeros(1, dtype=np.int64),
        out=_of_one("out", arrays, row),
        follows_podcast=_of_one("podcasts", arrays, row),
        follows_speaker=_of_one("speakers", arrays, row),
        languages=arrays["readers"][one].astype(np.int64),
        readable=tick.readable(words["languages"], frozen.language),
        picks=arrays["picks"][one].astype(np.int64),
        explores=arrays["explores"][one],
        own_topics=arrays["own_topics"][one],
    )
    wish = Wish(
        people=arrays["people"][one],
        quiet=arrays["quiet"][one],
        asked=arrays["asked"][one],
        liked=arrays["liked"][one],
        languages=words["languages"],
        list_name=frozen.list_name,
    )
    return made_of(tick, page, draw, wish, seed=0)


def _wants(arrays: Arrays, row: int, *, topics: int) -> Wants:
    mine = arrays["topic_rows"] == row
    values = np.zeros((1, topics), dtype=np.float32)
    values[0, arrays["topic_places"][mine].astype(np.int64)] = arrays["topic_values"][mine]
    taste = arrays["taste_rows"] == row
    return Wants(
        taste=arrays["taste"][taste],
        taste_rows=np.zeros(int(taste.sum()), dtype=np.int64),
        taste_scale=arrays["taste_scale"][taste],
        taste_centre=arrays["taste_centre"][[row]].astype(np.float64),
        topics=values,
        unit=arrays["unit"][[row]].astype(np.float64),
    )


def _of_one(name: str, arrays: Arrays, row: int) -> Pairs:
    mine = _slice(arrays, name, row)
    positions = arrays[f"{name}_positions"][mine].astype(np.int64)
    return Pairs(
        starts=np.array([0, len(positions)]),
        positions=positions,
        values=arrays[f"{name}_values"][mine],
    )


def size_of(octets: bytes, *, subscriber_id: int) -> int:
    """Return how many bytes a page keeps of one reader; what all share is not theirs."""
    arrays = unpack(octets)
    row = int(np.flatnonzero(arrays["people"] == subscriber_id)[0])
    size = int(sum(arrays[name][row].nbytes for name in _OF_EACH))
    for owner, names in _OF_SOME.items():
        mine = int((arrays[owner] == row).sum())
        size += mine * sum(arrays[name][:1].nbytes for name in (owner, *names))
    for name in _PAIRS:
        mine = _slice(arrays, name, row).stop - _slice(arrays, name, row).start
        kinds = (arrays[f"{name}_positions"], arrays[f"{name}_values"])
        size += arrays[f"{name}_starts"].itemsize + mine * sum(a[:1].nbytes for a in kinds)
    return size


def without_reader(octets: bytes, *, subscriber_id: int) -> bytes:
    """Return a page with everything of one reader made nought."""
    arrays = unpack(octets)
    for row in np.flatnonzero(arrays["people"] == subscriber_id).tolist():
        for name in _OF_EACH:
            arrays[name][row] = 0
        for owner, names in _OF_SOME.items():
            for name in names:
                arrays[name][arrays[owner] == row] = 0
        for name in _PAIRS:
            mine = _slice(arrays, name, row)
            arrays[f"{name}_positions"][mine] = 0
            arrays[f"{name}_values"][mine] = 0
    return pack(arrays)


def without_top(octets: bytes, *, subscriber_id: int) -> bytes:
    """Return the tops of a page with everything of one reader made nought."""
    arrays = unpack(octets)
    for row in np.flatnonzero(arrays["people"] == subscriber_id).tolist():
        for name in ("people", "places", "kept", "parts", "looks"):
            arrays[name][row] = 0
    return pack(arrays)


_OF_EACH = (
    *("people", "taste_centre", "unit", "readers", "looks", "picks", "explores", "own_topics"),
    *("asked", "liked", "quiet"),
)
_OF_SOME = {"taste_rows": ("taste", "taste_scale"), "topic_rows": ("topic_places", "topic_values")}
_PAIRS = ("out", "podcasts", "speakers")


def _slice(arrays: Arrays, name: str, row: int) -> slice:
    starts = arrays[f"{name}_starts"]
    return slice(int(starts[row]), int(starts[row + 1]))
