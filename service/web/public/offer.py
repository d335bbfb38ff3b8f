"""Which list a page offers to sign up for, and what the sign-up box knows from the page."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy.orm import Session

from service.audience.models import NewsletterList
from service.audience.public_lists import best_suited, public_lists


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A sign-up box: for which list, and what somebody who signs up here has shown to like."""

    list: NewsletterList
    topics: tuple[str, ...] = ()  # slugs


def offer_for(
    session: Session,
    *,
    topics: Collection[tuple[int, str]] = (),  # id and slug
    language: str = "",
) -> Offer | None:
    """Return the offer of a page about these topics; None when no list is public."""
    ids = [topic_id for topic_id, _ in topics]
    suited = best_suited(public_lists(session), topic_ids=ids, language=language)
    if suited is None:
        return None
    slugs = tuple(slug for _, slug in topics)
    return Offer(list=suited.list, topics=slugs)
