"""The addresses printed in a mail, and the tokens that make them one person's own.

    {base}/b/{brief token}                      the brief in a browser
    {base}/b/{brief token}/{insight id}/{deed}  a deed on one pick: up, down, more, save
    {base}/u/{unsubscribe token}                unsubscribe; GET shows a page, POST does it
    {base}/p/{manage token}                     preferences, and all that is the reader's own
    {base}/help                                 what this list is, and who to ask

Two signatures a mail: the brief's, good for 90 days, carries all its deeds, since the card and
the deed stand in clear beside it; the unsubscribe token never expires.
"""

import datetime as dt
from enum import StrEnum
from functools import lru_cache

from service.rendering.slots import DEED_SLOTS, TOKEN, UNSUBSCRIBE
from service.rendering.values import Reader
from service.tokens import Purpose, Signer

BRIEF_LINKS_LAST = dt.timedelta(days=90)


class Deed(StrEnum):
    """What a reader can do with one pick."""

    UP = "up"
    DOWN = "down"
    MORE = "more"
    SAVE = "save"


def brief_token(signer: Signer, reader: Reader) -> str:
    """Sign what opens one brief and the deeds on its picks."""
    date = reader.local_date
    return signer.sign(
        Purpose.BRIEF, reader.brief_id, date.toordinal(), expires_at=_brief_expiry(date)
    )


def unsubscribe_token(signer: Signer, reader: Reader) -> str:
    """Sign what ends one subscription, and tells which brief it was asked from."""
    return signer.sign(
        Purpose.UNSUBSCRIBE, reader.subscription_id, reader.brief_id, reader.local_date.toordinal()
    )


def manage_token(signer: Signer, *, subscriber_id: int, link_number: int, today: dt.date) -> str:
    """Sign what opens somebody's own pages, for as long as a brief's links last.

    `link_number` is `Subscriber.link_number`: raising it takes back every token made before.
    """
    return signer.sign(Purpose.MANAGE, subscriber_id, link_number, expires_at=_brief_expiry(today))


def manage_url(base: str, token: str) -> str:
    return f"{base}/p/{token}"


def feed_token(signer: Signer, *, subscriber_id: int, feed_number: int) -> str:
    """Sign the address of a private feed: good until it is renewed or ended."""
    return signer.sign(Purpose.FEED, subscriber_id, feed_number)


def brief_url(base: str, token: str) -> str:
    return f"{base}/b/{token}"


def deed_url(base: str, token: str, insight_id: int, deed: Deed) -> str:
    return f"{base}/b/{token}/{insight_id}/{deed}"


def unsubscribe_url(base: str, token: str) -> str:
    return f"{base}/u/{token}"


def help_url(base: str) -> str:
    return f"{base}/help"


def edition_links(base: str) -> dict[str, str]:
    """Return the slots of a brief's own links, with a mark where the token goes."""
    return {
        "view_url": brief_url(base, TOKEN),
        "unsubscribe_url": unsubscribe_url(base, UNSUBSCRIBE),
    }


def card_links(base: str, insight_id: int) -> dict[str, str]:
    """Return the slots of a card's deeds, with a mark where the token goes."""
    return {
        slot: deed_url(base, TOKEN, insight_id, Deed(deed)) for slot, deed in DEED_SLOTS.items()
    }


@lru_cache(maxsize=64)
def _brief_expiry(local_date: dt.date) -> dt.datetime:
    midnight = dt.datetime.combine(local_date, dt.time(), tzinfo=dt.UTC)
    return midnight + BRIEF_LINKS_LAST
