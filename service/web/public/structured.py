"""What machines read of a page: schema.org's terms as JSON-LD. Pure."""

import json
from typing import Any

from service.web.public.shown import Shown

_ESCAPES = {ord("<"): "\\u003c", ord(">"): "\\u003e", ord("&"): "\\u0026"}


def as_script(data: dict[str, Any]) -> str:
    """Return JSON that may stand in a script element: no `<`, so nothing in it can end that."""
    text = json.dumps({"@context": "https://schema.org", **data}, separators=(",", ":"))
    return text.translate(_ESCAPES)


def article(one: Shown, *, url: str, image: str, site: str) -> dict[str, Any]:
    """Describe an insight: an article of ours, based on an episode of theirs."""
    insight = one.insight
    return _told(
        {
            "@type": "Article",
            "headline": one.title,
            "description": one.description,
            "articleBody": insight.text,
            "url": url,
            "mainEntityOfPage": url,
            "image": image,
            "datePublished": insight.published_at.isoformat(timespec="seconds"),
            "dateModified": insight.touched_at.isoformat(timespec="seconds"),
            "inLanguage": insight.language,
            "author": {"@type": "Organization", "name": "Podbrief", "url": f"{site}/"},
            "about": [{"@type": "Thing", "name": topic.name} for topic in insight.topics],
            "isBasedOn": _episode(one),
        }
    )


def page_of_list(name: str, description: str, *, url: str, site: str) -> dict[str, Any]:
    """Describe the home of a list."""
    return _told(
        {
            "@type": "WebPage",
            "name": name,
            "description": description,
            "url": url,
            "isPartOf": {"@type": "WebSite", "name": "Podbrief", "url": f"{site}/"},
        }
    )


def _episode(one: Shown) -> dict[str, Any] | None:
    insight = one.insight
    if not insight.podcast:
        return None
    clip = None
    if insight.timecode is not None:
        clip = {"@type": "Clip", "startOffset": insight.timecode, "url": one.original_link}
    actor = {"@type": "Person", "name": insight.speaker} if insight.speaker else None
    return _told(
        {
            "@type": "PodcastEpisode",
            "name": insight.episode,
            "url": one.episode_link,
            "actor": actor,
            "hasPart": _told(clip) if clip else None,
            "partOfSeries": {"@type": "PodcastSeries", "name": insight.podcast},
        }
    )


def _told(data: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in data.items() if value not in (None, "", [])}
