"""Write somebody's briefs as RSS 2.0 or as Atom (RFC 4287): an entry a day."""

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass
from email.utils import format_datetime
from html import escape
from xml.etree.ElementTree import Element, SubElement, register_namespace, tostring

from service.insights.page_paths import insight_path
from service.languages import Language
from service.privacy.sent import Sent, SentPick
from service.rendering.clip import cleaned

ATOM = "http://www.w3.org/2005/Atom"
_XML = '<?xml version="1.0" encoding="utf-8"?>\n'
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_LONG_AGO = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)  # of a feed that has nothing to tell yet

register_namespace("atom", ATOM)


@dataclass(frozen=True, slots=True)
class Day:
    """One brief, and where it can be seen as its mail was."""

    sent: Sent
    url: str

    @property
    def at(self) -> dt.datetime:
        return self.sent.brief.due_at

    def title(self, lang: Language) -> str:
        return f"{self.sent.list_name}, {lang.day(self.sent.brief.local_date)}"

    def name(self, site: str) -> str:
        """Return what tells this entry from all others, whatever its address becomes."""
        brief = self.sent.brief
        return f"{site}/briefs/{brief.local_date.isoformat()}/{brief.id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivateFeed:
    """What is told of the feed, and its days, newest first."""

    title: str
    own_url: str
    site: str
    language: Language
    days: Sequence[Day]

    @property
    def updated_at(self) -> dt.datetime:
        return max((day.at for day in self.days), default=_LONG_AGO)


def rss(feed: PrivateFeed) -> str:
    """Return RSS 2.0; the texts are HTML, escaped, as its readers expect."""
    root = Element("rss", version="2.0")
    channel = SubElement(root, "channel")
    _add(channel, "title", feed.title)
    _add(channel, "link", feed.site)
    _add(channel, "description", feed.title)
    _add(channel, "language", feed.language.code)
    _add(channel, "lastBuildDate", format_datetime(feed.updated_at))
    itself = {"href": feed.own_url, "rel": "self", "type": "application/rss+xml"}
    SubElement(channel, f"{{{ATOM}}}link", itself)
    for day in feed.days:
        item = SubElement(channel, "item")
        _add(item, "title", day.title(feed.language))
        _add(item, "link", day.url)
        _add(item, "guid", day.name(feed.site), isPermaLink="false")
        _add(item, "pubDate", format_datetime(day.at))
        _add(item, "description", _html(day, feed.site))
    return _XML + tostring(root, "unicode")


def atom(feed: PrivateFeed) -> str:
    root = Element(f"{{{ATOM}}}feed")
    _add_atom(root, "title", feed.title)
    _add_atom(root, "id", f"{feed.site}/briefs")
    _add_atom(root, "updated", feed.updated_at.isoformat())
    SubElement(root, f"{{{ATOM}}}link", href=feed.own_url, rel="self")
    _add_atom(SubElement(root, f"{{{ATOM}}}author"), "name", "podbrief")
    for day in feed.days:
        entry = SubElement(root, f"{{{ATOM}}}entry")
        _add_atom(entry, "title", day.title(feed.language))
        _add_atom(entry, "id", day.name(feed.site))
        _add_atom(entry, "updated", day.at.isoformat())
        SubElement(entry, f"{{{ATOM}}}link", href=day.url, rel="alternate")
        _add_atom(entry, "content", _html(day, feed.site), type="html")
    return _XML + tostring(root, "unicode")


def _html(day: Day, site: str) -> str:
    return "".join(_pick_html(pick, site) for pick in day.sent.picks)


def _pick_html(pick: SentPick, site: str) -> str:
    url = site + insight_path(pick.insight_id, pick.headline, pick.text)
    title = escape(cleaned(pick.headline) or cleaned(pick.text)[:80])
    source = " · ".join(escape(part) for part in (cleaned(pick.podcast), pick.why) if part)
    return (
        f'<h3><a href="{escape(url)}">{title}</a></h3><p>{escape(cleaned(pick.text))}</p>'
        f"<p><small>{source}</small></p>"
    )


def _add(to: Element, name: str, text: str, **attributes: str) -> None:
    SubElement(to, name, attributes).text = _NOT_XML.sub("", text)


def _add_atom(to: Element, name: str, text: str, **attributes: str) -> None:
    _add(to, f"{{{ATOM}}}{name}", text, **attributes)
