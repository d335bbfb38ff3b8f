"""Read items and interactions from files, one JSON object a line; say which line is wrong and how.

The format stands in docs/choosing.md.
"""

import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from service.audience.taste import Act
from service.errors import InputError
from service.evaluation.data import SHOWN, TOPIC, Data, Interaction, Item
from service.insights.understanding.load_model import load_text_model
from service.insights.understanding.text_model import unit_rows

_ACTS = frozenset({SHOWN, TOPIC, *(act.value for act in Act)})
LARGEST_FILE = 512 * 1024**2
_LONGEST_ID = 200


def read_data(items_file: Path, interactions_file: Path) -> Data:
    """Return what two files hold; raises `InputError` naming the file and the line."""
    items = [_item(line, where) for where, line in _lines(items_file)]
    known = {item.id for item in items}
    if len(known) < len(items):
        raise InputError(f"{items_file.name}: an id stands on two lines; each item needs its own")
    interactions = [_interaction(line, where, known) for where, line in _lines(interactions_file)]
    items.sort(key=lambda item: item.at)
    interactions.sort(key=lambda one: one.at)
    if not items or not interactions:
        raise InputError("an evaluation needs at least one item and one interaction")
    told = [item.vector for item in items]
    if all(vector is not None for vector in told):
        vectors, model = _given(items), "given"
    else:
        reads = load_text_model()
        vectors, model = reads.vectors([item.text for item in items]), f"{reads.name}"
    return Data(
        name=items_file.name, items=items, interactions=interactions, vectors=vectors, model=model
    )


def write_data(data: Data, folder: Path) -> None:
    """Write data as `read_data` takes it: items.jsonl and interactions.jsonl."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "items.jsonl").open("w", encoding="utf-8") as file:
        for item, vector in zip(data.items, data.vectors, strict=True):
            row = {
                "id": item.id,
                "at": item.at.isoformat(),
                "topics": item.topics,
                "podcast": item.podcast,
                "quality": item.quality,
                "story": item.story,
                "vector": [round(float(number), 4) for number in vector],
            }
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
    with (folder / "interactions.jsonl").open("w", encoding="utf-8") as file:
        for one in data.interactions:
            named = "topic" if one.act == TOPIC else "item"
            row = {"reader": one.reader, "act": one.act, named: one.what, "at": one.at.isoformat()}
            file.write(json.dumps(row, ensure_ascii=False) + "\n")


def _lines(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise InputError(f"{path.name}: larger than {LARGEST_FILE // 1024**2} MB")
        with path.open(encoding="utf-8") as file:
            for number, line in enumerate(file, start=1):
                if line.strip():
                    where = f"{path.name}:{number}"
                    yield where, _object(line, where)
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path.name}: is not UTF-8 text") from error


def _object(line: str, where: str) -> dict[str, Any]:
    try:
        found = json.loads(line)
    except (json.JSONDecodeError, RecursionError) as error:
        raise InputError(f"{where}: is no JSON: {error}") from error
    if not isinstance(found, dict):
        raise InputError(f"{where}: must be an object in braces")
    return found


def _item(row: dict[str, Any], where: str) -> Item:
    topics = row.get("topics") or ()
    if not isinstance(topics, list | tuple) or not all(isinstance(name, str) for name in topics):
        raise InputError(f"{where}: topics: must be a list of names")
    quality = row.get("quality", 0.5)
    if not isinstance(quality, int | float) or not 0 <= quality <= 1:
        raise InputError(f"{where}: quality: must be a number from 0 to 1")
    return Item(
        id=_word(row, "id", where),
        at=_moment(row, where),
        topics=tuple(topics),
        podcast=_optional(row, "podcast", where),
        speaker=_optional(row, "speaker", where),
        quality=float(quality),
        story=_optional(row, "story", where),
        text=_optional(row, "text", where) or "",
        vector=_vector(row, where),
    )


def _interaction(row: dict[str, Any], where: str, items: set[str]) -> Interaction:
    act = _word(row, "act", where)
    if act not in _ACTS:
        raise InputError(f"{where}: act: {act!r} is none of {', '.join(sorted(_ACTS))}")
    what = _word(row, "topic" if act == TOPIC else "item", where)
    if act != TOPIC and what not in items:
        raise InputError(f"{where}: item: the items file has no {what!r}")
    return Interaction(_word(row, "reader", where), act, what, _moment(row, where))


def _word(row: dict[str, Any], name: str, where: str) -> str:
    found = row.get(name)
    if not isinstance(found, str) or not 0 < len(found) <= _LONGEST_ID:
        raise InputError(f"{where}: {name}: a text of up to {_LONGEST_ID} characters is needed")
    return found


def _optional(row: dict[str, Any], name: str, where: str) -> str | None:
    found = row.get(name)
    if found is not None and not isinstance(found, str):
        raise InputError(f"{where}: {name}: must be a text")
    return found


def _moment(row: dict[str, Any], where: str) -> dt.datetime:
    try:
        found = dt.datetime.fromisoformat(str(row.get("at")))
    except ValueError as error:
        raise InputError(
            f"{where}: at: must be a moment, such as 2026-11-22T07:00:00+00:00"
        ) from error
    return found if found.tzinfo else found.replace(tzinfo=dt.UTC)


def _vector(row: dict[str, Any], where: str) -> tuple[float, ...] | None:
    found = row.get("vector")
    if found is None:
        return None
    if not isinstance(found, list) or not all(isinstance(n, int | float) for n in found):
        raise InputError(f"{where}: vector: must be a list of numbers")
    return tuple(float(number) for number in found)


def _given(items: list[Item]) -> np.typing.NDArray[np.float32]:
    sizes = {len(item.vector or ()) for item in items}
    if len(sizes) != 1:
        raise InputError("vectors: all must have the same number of numbers")
    matrix = np.array([item.vector for item in items], dtype=np.float32)
    if not np.isfinite(matrix).all():
        raise InputError("vectors: every number must be finite")
    return unit_rows(matrix)
