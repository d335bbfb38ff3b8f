"""Render briefs for the browser: the mail's own HTML, without what must not be forwarded."""

import datetime as dt
from threading import Lock

from sqlalchemy.orm import Session

from service.sending.prepare import RendererShelf
from service.sending.show import brief_html
from service.tokens import Signer


class BriefViewer:
    """Keeps the renderers of recent editions; one request renders at a time."""

    def __init__(self, signer: Signer, public_url: str) -> None:
        self._shelf = RendererShelf(
            signer=signer, public_url=public_url, unsubscribe_mailto=None, are_copies=True
        )
        self._lock = Lock()  # the shelf is made for one thread; a brief takes a millisecond or two

    def html(self, session: Session, *, brief_id: int, local_date: dt.date) -> str:
        """Return a brief's page.

        Whoever gets this page forwarded may read it; they must not be able to end the reader's
        subscription or to see their pages, so those links lead to the words on leaving.
        """
        with self._lock:
            return brief_html(session, self._shelf, brief_id=brief_id, local_date=local_date)
