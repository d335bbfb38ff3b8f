"""Podcasts and speakers somebody follows or has muted, and those they might."""

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from service.audience.models import PodcastStance, SpeakerStance, Stance
from service.insights.models import Insight, Podcast
from service.insights.speakers import speaker_key
from service.ledger.models import Shown

MOST_OFFERED = 300


@dataclass(frozen=True, slots=True)
class Voice:
    """A podcast or a speaker, and what somebody said of it."""

    kind: str  # podcast or speaker
    key: str  # the podcast's id, or the speaker's folded name
    name: str
    stance: Stance


@dataclass(frozen=True, slots=True)
class Offered:
    """The names somebody knows from their briefs, most frequent first."""

    podcasts: list[str]
    speakers: list[str]


def voices_of(session: Session, *, subscriber_id: int) -> list[Voice]:
    """Return the podcasts and speakers somebody has spoken on, by name."""
    podcasts = session.execute(
        select(Podcast.id, Podcast.name, PodcastStance.stance)
        .join(PodcastStance, PodcastStance.podcast_id == Podcast.id)
        .where(PodcastStance.subscriber_id == subscriber_id)
    )
    voices = [Voice("podcast", str(row.id), row.name, Stance(row.stance)) for row in podcasts]
    stances = session.execute(
        select(SpeakerStance.speaker_key, SpeakerStance.stance).where(
            SpeakerStance.subscriber_id == subscriber_id
        )
    ).all()
    spelt = _as_spelt(session, subscriber_id) if stances else {}
    voices += [
        Voice("speaker", key, spelt.get(key, key.title()), Stance(stance))
        for key, stance in stances
    ]
    return sorted(voices, key=lambda voice: (voice.stance, voice.name.casefold()))


def voices_sent(session: Session, *, subscriber_id: int) -> Offered:
    """Return whom somebody has met in their briefs."""
    of_theirs = Shown.subscriber_id == subscriber_id
    often = func.count().desc()
    podcasts = session.scalars(
        select(Podcast.name)
        .join(Insight, Insight.podcast_id == Podcast.id)
        .join(Shown, Shown.insight_id == Insight.id)
        .where(of_theirs)
        .group_by(Podcast.name)
        .order_by(often, Podcast.name)
        .limit(MOST_OFFERED)
    )
    speakers = session.scalars(
        select(Insight.speaker)
        .join(Shown, Shown.insight_id == Insight.id)
        .where(of_theirs, Insight.speaker.is_not(None))
        .group_by(Insight.speaker)
        .order_by(often, Insight.speaker)
        .limit(MOST_OFFERED)
    )
    return Offered(list(podcasts), [name for name in speakers if name])


def voice_called(session: Session, name: str, *, subscriber_id: int) -> tuple[str, str] | None:
    """Return kind and key of what a typed name means to somebody: a podcast before a speaker.

    Any podcast counts; a speaker must be one they were sent, or else we would keep whatever is
    typed.
    """
    wanted = " ".join(name.split())
    podcast_id = session.scalar(
        select(Podcast.id)
        .where(func.lower(Podcast.name) == wanted.lower())
        .order_by(Podcast.id)
        .limit(1)
    )
    if podcast_id is not None:
        return "podcast", str(podcast_id)
    key = speaker_key(wanted)
    return ("speaker", key) if key and key in _as_spelt(session, subscriber_id) else None


def _as_spelt(session: Session, subscriber_id: int) -> dict[str, str]:
    """Return how the speakers somebody was sent are spelt, by their folded names."""
    names = session.scalars(
        select(Insight.speaker)
        .join(Shown, Shown.insight_id == Insight.id)
        .where(Shown.subscriber_id == subscriber_id, Insight.speaker.is_not(None))
        .distinct()
    )
    return {speaker_key(name): name for name in names if name}
