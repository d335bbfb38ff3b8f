"""Choose a list's five for nobody in particular: what a stranger sees before they sign up."""

import datetime as dt

from sqlalchemy.orm import Session

from service.audience.models import NewsletterList
from service.audience.queries import list_topic_ids
from service.selection.candidates import load_candidates
from service.selection.choose import Chooser, Reader, Rules

NOBODY_IN_PARTICULAR = 0  # no subscriber has this id: no interests, no history


def sample_picks(session: Session, newsletter: NewsletterList, *, now: dt.datetime) -> list[int]:
    """Return the insights the ordinary selection picks for somebody it knows nothing of."""
    topic_ids = list_topic_ids(session, list_id=newsletter.id)
    candidates = load_candidates(session, list_topic_ids=topic_ids, now=now)
    rules = Rules(list_name=newsletter.name, language=newsletter.language, picks=newsletter.picks)
    stranger = Reader(NOBODY_IN_PARTICULAR, newsletter.language)
    (chosen,) = Chooser(candidates, rules).choose(session, [stranger])
    return [choice.insight_id for choice in chosen]
