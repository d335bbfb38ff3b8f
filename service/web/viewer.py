"""Render briefs for the browser: the mail's own HTML, without what must not be forwarded."""

import datetime as dt
import re
from threading import Lock

from sqlalchemy.orm import Session

from service.sending.prepare import RendererShelf
from service.sending.show import brief_html
from service.tokens import Signer


class BriefViewer:
    """Keeps the renderers of recent editions; one request renders at a time."""

    def __init__(self, signer: Signer, public_url: str) -> None:
        self._shelf = RendererShelf(signer=signer, public_url=public_url, unsubscribe_mailto=None)
        self._lock = Lock()  # the shelf is made for one thread; a brief takes a millisecond or two
        self._unsubscribe_link = re.compile(re.escape(f"{public_url}/u/") + r"[A-Za-z0-9_-]+")
        self._leaving = f"{public_url}/help#leave"

    def html(self, session: Session, *, brief_id: int, local_date: dt.date) -> str:
        """Return a brief's page.

        Whoever gets this page forwarded may read it; they must not be able to end the reader's
        subscription, so the unsubscribe link leads to the words on leaving.
        """
        with self._lock:
            html = brief_html(session, self._shelf, brief_id=brief_id, local_date=local_date)
        return self._unsubscribe_link.sub(self._leaving, html)
