"""Choose a list's five for nobody in particular: what a stranger sees before they sign up."""

import datetime as dt

from sqlalchemy.orm import Session

from service.audience.models import NewsletterList
from service.selection.choose import Reader, chooser_for

NOBODY_IN_PARTICULAR = 0  # no subscriber has this id: no interests, no history
_LOOKED_AT = 500  # the newest: a page must neither wait for nor hold as much as a tick


def sample_picks(session: Session, newsletter: NewsletterList, *, now: dt.datetime) -> list[int]:
    """Return the insights the ordinary selection picks for somebody it knows nothing of."""
    stranger = Reader(NOBODY_IN_PARTICULAR, newsletter.language, is_personalised=False)
    chosen = chooser_for(session, newsletter, now=now, most=_LOOKED_AT).choose(session, [stranger])
    return chosen.choices[0].insight_ids
