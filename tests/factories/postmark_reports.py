"""Postmark's webhook reports as documented, changed where a test needs it."""

import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[1] / "payloads" / "postmark" / "webhooks"
NAMES = sorted(path.stem for path in FOLDER.glob("*.json"))


def report(name: str, **changes: Any) -> dict[str, Any]:
    """Return the documented report `name`; `changes` replace its fields."""
    read: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text("utf-8"))
    return read | changes


def about(name: str, brief_id: int, attempt: int = 1, **changes: Any) -> dict[str, Any]:
    """Return a report about one hand-over."""
    return report(name, Metadata={"delivery": f"{brief_id}.{attempt}"}, **changes)
