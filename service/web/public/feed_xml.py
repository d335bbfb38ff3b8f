"""Write a feed as RSS 2.0 or as Atom (RFC 4287). Pure."""

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass
from email.utils import format_datetime
from html import escape
from xml.etree.ElementTree import Element, SubElement, register_namespace, tostring

from service.rendering.clip import cleaned
from service.web.public.shown import Shown

ATOM = "http://www.w3.org/2005/Atom"
_XML = '<?xml version="1.0" encoding="utf-8"?>\n'
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_LONG_AGO = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)  # of a feed that has nothing to tell yet

register_namespace("atom", ATOM)


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """What is told of a feed, and its entries, newest first."""

    title: str
    description: str
    url: str  # the page it belongs to
    own_url: str
    site: str
    language: str
    entries: Sequence[Shown]

    @property
    def updated_at(self) -> dt.datetime:
        return max((one.insight.touched_at for one in self.entries), default=_LONG_AGO)


def rss(feed: Feed) -> str:
    """Return RSS 2.0; the texts are HTML, escaped, as its readers expect."""
    root = Element("rss", version="2.0")
    channel = SubElement(root, "channel")
    _add(channel, "title", feed.title)
    _add(channel, "link", feed.url)
    _add(channel, "description", feed.description)
    _add(channel, "language", feed.language)
    _add(channel, "lastBuildDate", format_datetime(feed.updated_at))
    itself = {"href": feed.own_url, "rel": "self", "type": "application/rss+xml"}
    SubElement(channel, f"{{{ATOM}}}link", itself)
    for one in feed.entries:
        item = SubElement(channel, "item")
        url = feed.site + one.path
        _add(item, "title", one.title)
        _add(item, "link", url)
        _add(item, "guid", _name(feed, one), isPermaLink="false")
        _add(item, "pubDate", format_datetime(one.insight.published_at))
        _add(item, "description", _html(one))
        for topic in one.insight.topics:
            _add(item, "category", topic.name)
    return _XML + tostring(root, "unicode")


def atom(feed: Feed) -> str:
    """Return Atom."""
    root = Element("feed", {"xmlns": ATOM, "xml:lang": feed.language})
    _add(root, "id", feed.own_url)
    _add(root, "title", feed.title)
    _add(root, "subtitle", feed.description)
    _add(root, "updated", feed.updated_at.isoformat(timespec="seconds"))
    SubElement(root, "link", href=feed.url)
    SubElement(root, "link", rel="self", href=feed.own_url)
    _add(SubElement(root, "author"), "name", "Podbrief")
    for one in feed.entries:
        entry = SubElement(root, "entry")
        _add(entry, "id", _name(feed, one))
        _add(entry, "title", one.title)
        SubElement(entry, "link", href=feed.site + one.path)
        _add(entry, "published", one.insight.published_at.isoformat(timespec="seconds"))
        _add(entry, "updated", one.insight.touched_at.isoformat(timespec="seconds"))
        _add(entry, "content", _html(one), type="html")
        for topic in one.insight.topics:
            SubElement(entry, "category", term=_clean(topic.name))
    return _XML + tostring(root, "unicode")


def _name(feed: Feed, one: Shown) -> str:
    """Return what an entry is known by, whatever its headline becomes."""
    return f"{feed.site}/i/{one.insight.id}"


def _html(one: Shown) -> str:
    insight = one.insight
    source = " · ".join(
        cleaned(part) for part in (insight.podcast, insight.episode, insight.speaker) if part
    )
    text = f"<p>{escape(cleaned(insight.text))}</p>"
    if one.original_link:
        link = f'<a href="{escape(one.original_link)}">{escape(source or one.original_link)}</a>'
        return f"{text}<p>{link}</p>"
    return f"{text}<p>{escape(source)}</p>" if source else text


def _add(to: Element, name: str, text: str, **attributes: str) -> None:
    SubElement(to, name, attributes).text = _clean(text)


def _clean(text: str) -> str:
    """Leave out what may stand in no XML, not even escaped."""
    return _NOT_XML.sub("", text)
