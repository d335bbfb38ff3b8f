"""Choose and render what one person would get now, without writing anything."""

import datetime as dt
import json
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from service.audience.models import Frequency, NewsletterList, Subscriber, Subscription
from service.audience.queries import (
    existing_subscriber,
    list_by_slug,
    subscription_of,
)
from service.db.database import Database
from service.editions.due import days_since_last, local_date
from service.editions.models import Edition, EditionState
from service.errors import NotFoundError
from service.rendering.message import Content
from service.rendering.values import Pick, Reader
from service.selection.choose import Reader as ChosenFor
from service.selection.choose import chooser_for
from service.selection.reasons import sentence
from service.sending.prepare import RendererShelf, cards_of
from service.tokens import Signer

PREVIEW_ID = 0  # no brief has it: links of a preview lead to a friendly page and change nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """A brief that was never planned."""

    content: Content
    picks: list[dict[str, Any]]

    def as_dict(self) -> dict[str, Any]:
        parts = self.content.parts()
        return {
            "subject": parts.subject,
            "to": parts.recipient,
            "from": parts.sender,
            "picks": self.picks,
            "headers": dict(parts.headers),
            "text": parts.text,
            "html": parts.html,
        }


def preview_brief(
    database: Database,
    *,
    list_slug: str,
    email: str,
    signer: Signer,
    public_url: str,
    unsubscribe_mailto: str | None,
    now: dt.datetime,
) -> Preview:
    """Return what `email` would get from the list at `now`.

    Raises `NotFoundError` for a list, person or subscription that is not there, and when nothing
    fresh is left for them; `TemplateError` when the template is broken.
    """
    with database.reading() as session:
        newsletter = list_by_slug(session, slug=list_slug)
        person = existing_subscriber(session, email=email)
        subscription = subscription_of(session, list_id=newsletter.id, subscriber_id=person.id)
        if subscription is None:
            raise NotFoundError(f"{email} is not on the list {list_slug}")
        reader = ChosenFor(
            person.id,
            person.language,
            person.is_personalised,
            subscription.picks,
            subscription.quiet_day,
            is_weekly=subscription.frequency == Frequency.WEEKLY,
            days_since=days_since_last(
                subscription.frequency,
                subscription.days,
                local_date(now, ZoneInfo(subscription.timezone)),
            ),
        )
        chosen = chooser_for(session, newsletter, now=now).choose(session, [reader])
        choices = chosen.choices[0].insight_ids
        if not choices:
            raise NotFoundError(f"nothing fresh is left for {email}: it would be a quiet day")
        edition = _edition_of_today(newsletter, subscription, now)
        shelf = RendererShelf(
            signer=signer, public_url=public_url, unsubscribe_mailto=unsubscribe_mailto
        )
        renderer = shelf.renderer(session, edition, choices)
        cards = cards_of(session, choices)
    picks = [Pick(*stored) for stored in json.loads(chosen.choices[0].text)]
    return Preview(
        content=renderer.render(_reader(person, subscription, edition, picks, now)),
        picks=[
            {
                "insight_id": pick.insight_id,
                "headline": cards[pick.insight_id].headline,
                "podcast": cards[pick.insight_id].podcast,
                "topics": list(cards[pick.insight_id].topics),
                "score": pick.score,
                "why": sentence(pick.reason, pick.argument),
            }
            for pick in picks
        ],
    )


def _edition_of_today(
    newsletter: NewsletterList, subscription: Subscription, now: dt.datetime
) -> Edition:
    """Return an edition that is never stored."""
    return Edition(
        id=PREVIEW_ID,
        list_id=newsletter.id,
        list=newsletter,
        local_date=local_date(now, ZoneInfo(subscription.timezone)),
        state=EditionState.OPEN.value,
    )


def _reader(
    person: Subscriber,
    subscription: Subscription,
    edition: Edition,
    picks: list[Pick],
    now: dt.datetime,
) -> Reader:
    return Reader(
        brief_id=PREVIEW_ID,
        attempt=1,
        local_date=edition.local_date,
        subscription_id=PREVIEW_ID,
        subscriber_id=person.id,
        email=person.email,
        name=person.name,
        hour=subscription.hour,
        language=person.language,
        text_only=person.wants_text_only,
        link_number=person.link_number,
        date_header=now,
        picks=picks,
    )
