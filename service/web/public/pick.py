"""One pick of somebody's brief, as a link in the mail names it, and the language they read."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from service.audience.models import NewsletterList, Subscriber
from service.editions.models import Brief
from service.errors import NotFoundError
from service.feedback.react import is_pick
from service.languages import Language, language, nearest
from service.rendering.cards import card_values
from service.rendering.values import Card
from service.sending.prepare import cards_of
from service.web.numbers import row_id
from service.web.public.links import brief_behind, brief_link
from service.web.site import Site


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedPick:
    """What a link to a pick stands for."""

    token: str
    brief: Brief
    newsletter: NewsletterList
    lang: Language
    card: Card

    @property
    def insight_id(self) -> int:
        return self.card.insight_id

    @property
    def path(self) -> str:
        return f"/b/{self.token}/{self.insight_id}"

    def values(self) -> dict[str, Any]:
        """Return what every page about a pick shows."""
        return {
            "lang": self.lang,
            "card": card_values(self.card, self.lang),
            "topics": self.card.topics,
            "brief_path": f"/b/{self.token}",
            "path": self.path,
        }


def named_pick(session: Session, site: Site, token: str, insight_id: str) -> NamedPick:
    """Return the pick; raises `TokenError` or `NotFoundError` when the link names none."""
    brief, _, newsletter = brief_behind(session, brief_link(site, token))
    number = row_id(insight_id)
    if number is None or not is_pick(brief, number):
        raise NotFoundError("this is not a pick of the brief the link belongs to")
    cards = cards_of(session, [number])
    if number not in cards:
        raise NotFoundError("this insight is gone")
    person = session.get(Subscriber, brief.subscriber_id)
    return NamedPick(
        token=token,
        brief=brief,
        newsletter=newsletter,
        lang=spoken_to(person, newsletter),
        card=cards[number],
    )


def spoken_to(person: Subscriber | None, newsletter: NewsletterList) -> Language:
    """Return the language somebody reads us in: theirs, or else the list's."""
    found = nearest(person.language) if person is not None else None
    return found or language(newsletter.language)
