"""Read one insight from one line of JSON: every field checked, every fault named. Pure."""

import datetime as dt
import json
import math
from typing import Any, NoReturn

from service.errors import InputError
from service.insights.checked_text import (
    language_tag,
    nearest_hint,
    one_line,
    running_text,
    shown,
    web_address,
)
from service.insights.text_hash import text_hash
from service.insights.topic_names import topics_by_slug
from service.insights.values import NewInsight

LONGEST_TEXT = 10_000
LONGEST_TIMECODE = 7 * 24 * 3600  # seconds; the longest recordings run for days
KEYS = (
    "id",
    "text",
    "headline",
    "podcast",
    "episode",
    "episode_url",
    "speaker",
    "timecode",
    "published_at",
    "topics",
    "url",
    "quality",
    "language",
)
_LONGEST = {"id": 190, "headline": 300, "podcast": 200, "episode": 300, "speaker": 200}
_YEARS = range(1900, 2101)
_JSON_NAMES = {
    str: "text",
    int: "a number",
    float: "a number",
    bool: "true or false",
    list: "a list",
    dict: "an object",
}


def parse_insight(line: str) -> NewInsight:
    """Return the insight `line` tells.

    Raises `InputError` as `field: what is wrong`.
    """
    found = _object(line)
    for name in found:
        if name not in KEYS:
            raise InputError(f"{shown(name)} is not a key of an insight{nearest_hint(name, KEYS)}")
    text = running_text(_text(found, "text") or "", field="text", longest=LONGEST_TEXT)
    if not text:
        raise InputError("text: is missing" if found.get("text") is None else "text: is empty")
    hashed = text_hash(text)
    podcast, episode = _line(found, "podcast"), _line(found, "episode")
    episode_url = _address(found, "episode_url")
    if episode and not podcast:
        raise InputError("episode: stands without its podcast")
    if episode_url and not episode:
        raise InputError("episode_url: stands without its episode")
    return NewInsight(
        key=_line(found, "id") or f"text-{hashed}",
        text=text,
        text_hash=hashed,
        headline=_line(found, "headline"),
        podcast=podcast,
        episode=episode,
        episode_url=episode_url,
        speaker=_line(found, "speaker"),
        timecode=_timecode(found.get("timecode")),
        published_at=_moment(_text(found, "published_at")),
        url=_address(found, "url"),
        quality=_quality(found.get("quality")),
        language=language_tag(_text(found, "language") or "en"),
        topics=_topics(found.get("topics")),
    )


def _object(line: str) -> dict[str, Any]:
    try:
        found = json.loads(line, object_pairs_hook=_each_key_once, parse_constant=_no_number)
    except json.JSONDecodeError as error:
        raise InputError(f"line: is not JSON: {error.msg} (column {error.colno})") from error
    except RecursionError as error:
        raise InputError("line: is nested too deep") from error
    except ValueError as error:  # a number of thousands of digits
        raise InputError(f"line: is not JSON: {str(error).partition(';')[0]}") from error
    if not isinstance(found, dict):
        raise InputError(
            f"line: must be an object {{…}}, not {_JSON_NAMES.get(type(found), 'null')}"
        )
    return found


def _each_key_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise InputError(f"{shown(twice)} stands twice")
    return found


def _no_number(name: str) -> NoReturn:
    raise InputError(f"line: is not JSON: {name} is no number")


def _text(found: dict[str, Any], name: str) -> str | None:
    value = found.get(name)
    if value is None or isinstance(value, str):
        return value
    raise InputError(f"{name}: must be text, not {_JSON_NAMES[type(value)]}")


def _line(found: dict[str, Any], name: str) -> str | None:
    value = _text(found, name)
    if value is None and name not in found:
        return None
    return one_line(value or "", field=name, longest=_LONGEST[name]) or None


def _address(found: dict[str, Any], name: str) -> str | None:
    value = _text(found, name)
    return web_address(value, field=name) if value and value.strip() else None


def _number(value: Any, name: str) -> float | int:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InputError(f"{name}: must be a number, not {_JSON_NAMES[type(value)]}")
    return value


def _timecode(value: Any) -> int | None:
    if value is None:
        return None
    seconds = _number(value, "timecode")
    if not 0 <= seconds <= LONGEST_TIMECODE:
        raise InputError(f"timecode: must be seconds from 0 to {LONGEST_TIMECODE}")
    return int(seconds)


def _quality(value: Any) -> float:
    if value is None:
        return 0.5
    quality = float(
        min(_number(value, "quality"), 2)
    )  # an int too large for a float is over 1, too
    if not 0 <= quality <= 1 or math.isnan(quality):
        raise InputError("quality: must be from 0 to 1")
    return quality


def _moment(value: str | None) -> dt.datetime | None:
    if value is None or not value.strip():
        return None
    try:
        moment = dt.datetime.fromisoformat(value.strip())
    except ValueError as error:
        raise InputError(
            f"published_at: {shown(value)} is not an ISO 8601 time such as 2026-11-20T18:30:00Z"
        ) from error
    if moment.year not in _YEARS:
        raise InputError(f"published_at: the year must be from {_YEARS[0]} to {_YEARS[-1]}")
    return moment.replace(tzinfo=dt.UTC) if moment.tzinfo is None else moment.astimezone(dt.UTC)


def _topics(value: Any) -> dict[str, str]:
    if value is None:
        return {}
    if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
        raise InputError("topics: must be a list of names")
    return topics_by_slug(value)
