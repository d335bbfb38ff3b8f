"""What a brief is rendered from: plain values, so that the same input makes the same bytes."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple


@dataclass(frozen=True, slots=True, kw_only=True)
class Masthead:
    """What all briefs of one edition share."""

    list_slug: str
    list_name: str
    from_name: str
    from_email: str
    reply_to: str | None
    postal_address: str
    local_date: dt.date
    language: str  # BCP 47; the list's, or that of the readers it is rendered for
    public_url: str  # no slash at the end
    unsubscribe_mailto: str | None  # an address that is read by us, else None and not printed
    third_party_notice: str = ""  # the list's own words on content taken from elsewhere
    has_pages: bool = True  # its insights can be read on the site


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How briefs of one edition differ, beyond who reads what."""

    language: str  # BCP 47
    is_tracked: bool = False  # a pixel, and links to sources lead through us
    note: str = ""  # what stands at the foot of some: a FooterNote of service.audience
    is_copy: bool = False  # shown in a browser: may be passed on, so nothing in it ends anything


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One insight as all readers of the edition see it, but for number, why line and links."""

    insight_id: int
    headline: str
    text: str
    podcast: str | None
    episode: str | None
    episode_url: str | None
    speaker: str | None
    timecode: int | None  # seconds from the start of the episode
    url: str | None
    published_at: dt.datetime
    topics: Sequence[str]  # names
    language: str = "en"  # of headline and text


class Pick(NamedTuple):
    """One of the five: which insight, and the stored reason it was chosen."""

    insight_id: int
    score: float
    reason: str  # a ReasonCode of service.selection.reasons
    argument: str  # what the reason names: a topic, a podcast; may be empty


@dataclass(slots=True, kw_only=True)  # not frozen: that would double what making one costs
class Reader:
    """One person's brief: everything that makes this message theirs."""

    brief_id: int
    attempt: int
    local_date: dt.date
    subscription_id: int
    subscriber_id: int
    email: str
    name: str
    hour: int  # local hour they chose
    frequency: str = "daily"  # a Frequency of service.audience, with its days: days:21
    language: str = "en"  # BCP 47; that they read us in
    text_only: bool = False
    may_track: bool = False  # they agreed that we see what they open and follow
    note: str = ""  # at the foot of this brief: a FooterNote of service.audience
    link_number: int = 0  # of the links to their own pages
    date_header: dt.datetime  # fixed per brief: a repeat is the same bytes
    picks: Sequence[Pick]


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What one notice is rendered from."""

    notice_id: int
    kind: str  # its template is templates/email/notice_<kind>
    recipient: str
    from_name: str
    from_email: str
    created_at: dt.datetime  # its Date, fixed: a repeat is the same bytes
    expires_at: dt.datetime
    link_url: str
    list_name: str  # may be empty
    site: str  # as a person says it, without the scheme
    language: str
    hour: int | None = None  # local, at which their briefs come
    zone: str = ""  # of that hour, as a person says it
    at_once: bool = False  # the first brief comes right behind this mail
