"""The addresses printed in a mail, and the tokens that make them one person's own.

    {base}/b/{brief token}                      the brief in a browser
    {base}/b/{brief token}/{insight id}/{deed}  a deed on one pick: up, down, more, save,
                                                mute, share
    {base}/b/{brief token}/{insight id}/source  its source, for those who let us see it
    {base}/u/{unsubscribe token}                unsubscribe; GET shows a page, POST does it
    {base}/u/{unsubscribe token}/pause          silence for a while
    {base}/u/{unsubscribe token}/rhythm         how often?
    {base}/me/{manage token}                    preferences, and all that is the reader's own
    {base}/i/{insight id}                       an insight's page, the same for everybody
    {base}/help                                 what this list is, and who to ask

Three signatures a mail: the brief's, good for 90 days, carries all its deeds, since the card and
the deed stand in clear beside it; that of the reader's own pages, which a browser copy never has;
and the one that ends a subscription, which never expires.
"""

import datetime as dt
from collections.abc import Mapping
from enum import StrEnum
from functools import lru_cache

from service.rendering.slots import DEED_SLOTS, MANAGE, TOKEN, UNSUBSCRIBE
from service.rendering.values import Manner, Reader
from service.tokens import Purpose, Signer, octets_of

BRIEF_LINKS_LAST = dt.timedelta(days=90)
SOURCES = {"moment": "source", "episode": "episode"}  # what a link leads to, as it says so


class Deed(StrEnum):
    """What a reader can do with one pick."""

    UP = "up"
    DOWN = "down"
    MORE = "more"
    SAVE = "save"
    SHARE = "share"
    MUTE = "mute"


class DaysTokens:
    """Signs the tokens of the briefs of one local date; what they share is made once."""

    def __init__(self, signer: Signer, local_date: dt.date) -> None:
        expires_at = _brief_expiry(local_date)
        self._day = octets_of(local_date.toordinal())
        self._brief = signer.prepared(Purpose.BRIEF, expires_at=expires_at)
        self._manage = signer.prepared(Purpose.MANAGE, expires_at=expires_at)
        self._unsubscribe = signer.prepared(Purpose.UNSUBSCRIBE)

    def of(self, reader: Reader) -> tuple[bytes, bytes, bytes]:
        """Sign a brief's three tokens.

        The first opens it and the deeds on its picks; the second the reader's own pages; the third
        ends one subscription, and tells which brief that was asked from.
        """
        brief = octets_of(reader.brief_id) + self._day
        return (
            self._brief.sign_octets(brief),
            self._manage.sign_octets(octets_of(reader.subscriber_id, reader.link_number)),
            self._unsubscribe.sign_octets(octets_of(reader.subscription_id) + brief),
        )


def manage_token(signer: Signer, *, subscriber_id: int, link_number: int, today: dt.date) -> str:
    """Sign what opens somebody's own pages, for as long as a brief's links last.

    `link_number` is `Subscriber.link_number`: raising it takes back every token made before.
    """
    return signer.sign(Purpose.MANAGE, subscriber_id, link_number, expires_at=_brief_expiry(today))


def manage_url(base: str, token: str) -> str:
    return f"{base}/me/{token}"


def feed_token(signer: Signer, *, subscriber_id: int, feed_number: int) -> str:
    """Sign the address of a private feed: good until it is renewed or ended."""
    return signer.sign(Purpose.FEED, subscriber_id, feed_number)


def brief_url(base: str, token: str) -> str:
    return f"{base}/b/{token}"


def deed_url(base: str, token: str, insight_id: int, deed: Deed) -> str:
    return f"{base}/b/{token}/{insight_id}/{deed}"


def unsubscribe_url(base: str, token: str) -> str:
    return f"{base}/u/{token}"


def pause_url(base: str, token: str) -> str:
    return f"{base}/u/{token}/pause"


def rhythm_url(base: str, token: str) -> str:
    return f"{base}/u/{token}/rhythm"


def page_url(base: str, insight_id: int) -> str:
    """Return the short address of an insight's page; it leads on to the one with words in it."""
    return f"{base}/i/{insight_id}"


def source_url(base: str, token: str, insight_id: int, which: str) -> str:
    """Return where we see that somebody goes to a source; `which` is source or episode."""
    return f"{base}/b/{token}/{insight_id}/{which}"


def help_url(base: str) -> str:
    return f"{base}/help"


def edition_links(base: str, manner: Manner) -> dict[str, str]:
    """Return the slots of a brief's own links, with a mark where a token goes."""
    view = brief_url(base, TOKEN)
    if manner.is_copy:
        leave = f"{help_url(base)}#leave"
        return {
            "view_url": view,
            "manage_url": leave,
            "pause_url": leave,
            "unsubscribe_url": leave,
        }
    return {
        "view_url": view,
        "manage_url": manage_url(base, MANAGE),
        "pause_url": pause_url(base, UNSUBSCRIBE),
        "unsubscribe_url": unsubscribe_url(base, UNSUBSCRIBE),
        "note_url": rhythm_url(base, UNSUBSCRIBE) if manner.note else "",
        "pixel_url": f"{view}/open.gif" if manner.is_tracked else "",
    }


def card_links(
    base: str, insight_id: int, sources: Mapping[str, str], manner: Manner
) -> dict[str, str]:
    """Return the slots of a card's links, with a mark where the token goes.

    `sources` are the addresses of its moment and episode. They are linked as they are, unless the
    reader lets us see what they follow: then the way leads through us, who look them up by id.
    """
    links = {
        slot: deed_url(base, TOKEN, insight_id, Deed(deed)) for slot, deed in DEED_SLOTS.items()
    }
    if manner.is_tracked:
        links |= {
            f"{which}_url": source_url(base, TOKEN, insight_id, SOURCES[which])
            for which, url in sources.items()
            if url
        }
    return links


@lru_cache(maxsize=64)
def _brief_expiry(local_date: dt.date) -> dt.datetime:
    midnight = dt.datetime.combine(local_date, dt.time(), tzinfo=dt.UTC)
    return midnight + BRIEF_LINKS_LAST
