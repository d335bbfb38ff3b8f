"""Find topics by what people call them, and make those that are new."""

from collections.abc import Mapping

from sqlalchemy.orm import Session

from service.db.bulk import insert_ignoring
from service.insights.models import Topic
from service.insights.queries import topic_ids


def find_or_create_topics(session: Session, topics: Mapping[str, str]) -> dict[str, int]:
    """Return slug to id for `topics` (slug to name); a known topic keeps the name it has."""
    if not topics:
        return {}
    known = topic_ids(session, slugs=topics)
    missing = sorted(set(topics) - set(known))  # in one order for all, so that none wait in a ring
    if not missing:
        return known
    insert_ignoring(session, Topic, [{"slug": slug, "name": topics[slug]} for slug in missing])
    return known | topic_ids(session, slugs=missing)
