"""What a batch is rendered from: template version, masthead and cards, kept between batches."""

import datetime as dt
from collections import OrderedDict
from collections.abc import Iterable
from pathlib import Path
from threading import Lock

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from service.audience.models import NewsletterList
from service.config import TEMPLATES
from service.db.bulk import insert_ignoring
from service.editions.models import Edition
from service.errors import ConfigurationError
from service.insights.models import Episode, Insight, InsightTopic, Podcast, Topic
from service.rendering.compile import read_files, template_digest
from service.rendering.models import TemplateVersion
from service.rendering.values import Card, Masthead
from service.rendering.voices import Voices
from service.tokens import Signer

EDITIONS_KEPT = 6  # renderers a process keeps: yesterday's, today's and tomorrow's of two lists


class RendererShelf:
    """Renderers by edition; each keeps the encoded cards of all batches before."""

    def __init__(
        self,
        *,
        signer: Signer,
        public_url: str,
        unsubscribe_mailto: str | None,
        are_copies: bool = False,
    ) -> None:
        self._signer = signer
        self._public_url = public_url
        self._unsubscribe_mailto = unsubscribe_mailto
        self._are_copies = are_copies
        self._shelf: OrderedDict[tuple[int, str], tuple[Voices, dict[int, Card]]]
        self._shelf = OrderedDict()
        self._one_at_a_time = Lock()  # web requests share a shelf

    def renderer(self, session: Session, edition: Edition, insight_ids: Iterable[int]) -> Voices:
        """Return the edition's renderer, with the cards of `insight_ids` at hand.

        Raises `TemplateError` when its template cannot be compiled.
        """
        with self._one_at_a_time:
            return self._renderer(session, edition, insight_ids)

    def _renderer(self, session: Session, edition: Edition, insight_ids: Iterable[int]) -> Voices:
        files = template_of(session, edition)
        key = (edition.id, template_digest(files))
        if key not in self._shelf:
            cards: dict[int, Card] = {}
            masthead = masthead_of(
                edition.list, edition.local_date, self._public_url, self._unsubscribe_mailto
            )
            self._shelf[key] = (
                Voices(
                    files,
                    masthead,
                    cards,
                    self._signer,
                    template=edition.list.template,
                    are_copies=self._are_copies,
                ),
                cards,
            )
            while len(self._shelf) > EDITIONS_KEPT:
                self._shelf.popitem(last=False)
        self._shelf.move_to_end(key)
        renderer, cards = self._shelf[key]
        missing = set(insight_ids) - cards.keys()
        cards.update(cards_of(session, missing))
        return renderer


def template_of(session: Session, edition: Edition) -> dict[str, str]:
    """Return the template's files as the edition fixed them, or as they are while it has not."""
    if edition.template_digest is not None:
        kept = session.get(TemplateVersion, edition.template_digest)
        if kept is not None:
            return kept.files
    return read_files(template_folder(edition.list))


def fix_template(session: Session, edition: Edition, *, now: dt.datetime) -> bool:
    """Bind the edition to the template as it is now; False when somebody did so before."""
    if edition.template_digest is not None:
        return False
    files = read_files(template_folder(edition.list))
    digest = template_digest(files)
    row = {"digest": digest, "name": edition.list.template, "files": files, "created_at": now}
    insert_ignoring(session, TemplateVersion, [row])
    done = session.execute(
        update(Edition)
        .where(Edition.id == edition.id, Edition.template_digest.is_(None))
        .values(template_digest=digest)
    )
    edition.template_digest = session.scalar(
        select(Edition.template_digest).where(Edition.id == edition.id)
    )
    return bool(done.rowcount)  # type: ignore[attr-defined]  # an UPDATE counts its rows


def template_folder(newsletter: NewsletterList) -> Path:
    """Return the folder of a list's template; raises `ConfigurationError` when there is none."""
    folder = TEMPLATES / "email" / newsletter.template
    if not folder.is_dir():
        raise ConfigurationError(
            f"list {newsletter.slug}: templates/email has no {newsletter.template!r}; "
            "set another with `podbrief lists set --template`"
        )
    return folder


def masthead_of(
    newsletter: NewsletterList,
    local_date: dt.date,
    public_url: str,
    unsubscribe_mailto: str | None,
) -> Masthead:
    return Masthead(
        list_slug=newsletter.slug,
        list_name=newsletter.name,
        from_name=newsletter.from_name,
        from_email=newsletter.from_email,
        reply_to=newsletter.reply_to,
        postal_address=newsletter.postal_address,
        local_date=local_date,
        language=newsletter.language,
        public_url=public_url,
        unsubscribe_mailto=unsubscribe_mailto,
        third_party_notice=newsletter.third_party_notice,
        has_pages=newsletter.is_public,
    )


def cards_of(session: Session, insight_ids: Iterable[int]) -> dict[int, Card]:
    """Load what is shown of these insights; hidden ones too: what is frozen is kept as promised."""
    ids = sorted(insight_ids)
    if not ids:
        return {}
    topics: dict[int, list[str]] = {}
    links = session.execute(
        select(InsightTopic.insight_id, Topic.name)
        .join(Topic, Topic.id == InsightTopic.topic_id)
        .where(InsightTopic.insight_id.in_(ids))
        .order_by(InsightTopic.insight_id, Topic.id)
    )
    for insight_id, name in links:
        topics.setdefault(insight_id, []).append(name)
    rows = session.execute(
        select(Insight, Podcast.name, Episode.title, Episode.url)
        .outerjoin(Podcast, Podcast.id == Insight.podcast_id)
        .outerjoin(Episode, Episode.id == Insight.episode_id)
        .where(Insight.id.in_(ids))
    )
    return {
        insight.id: Card(
            insight_id=insight.id,
            headline=insight.headline or "",
            text=insight.text,
            podcast=podcast,
            episode=episode,
            episode_url=episode_url,
            speaker=insight.speaker,
            timecode=insight.timecode,
            url=insight.url,
            published_at=insight.published_at,
            topics=tuple(topics.get(insight.id, ())),
            language=insight.language,
        )
        for insight, podcast, episode, episode_url in rows
    }
