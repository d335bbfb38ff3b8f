"""Follow or mute a podcast or a speaker, or take that back."""

import datetime as dt

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from service.audience.interests import hold_person
from service.audience.models import PodcastStance, SpeakerStance, Stance
from service.audience.wake import note_act
from service.errors import InputError, NotFoundError
from service.insights.models import Podcast
from service.insights.speakers import speaker_key


def set_podcast_stance(
    session: Session,
    subscriber_id: int,
    podcast_id: int,
    stance: Stance | None,
    *,
    now: dt.datetime,
) -> None:
    """Follow or mute a podcast; None takes either back. Raises `NotFoundError`."""
    hold_person(session, subscriber_id)
    note_act(session, subscriber_id, now=now)
    if session.scalar(select(Podcast.id).where(Podcast.id == podcast_id)) is None:
        raise NotFoundError("there is no such podcast")
    held = session.get(PodcastStance, (subscriber_id, podcast_id))
    if stance is None:
        session.execute(
            delete(PodcastStance).where(
                PodcastStance.subscriber_id == subscriber_id,
                PodcastStance.podcast_id == podcast_id,
            )
        )
    elif held is None:
        session.add(
            PodcastStance(
                subscriber_id=subscriber_id, podcast_id=podcast_id, stance=stance.value, since=now
            )
        )
    elif held.stance != stance:
        held.stance, held.since = stance.value, now
    session.flush()


def set_speaker_stance(
    session: Session,
    subscriber_id: int,
    speaker: str,
    stance: Stance | None,
    *,
    now: dt.datetime,
) -> None:
    """Follow or mute a speaker by name, however it is typed; None takes either back."""
    key = speaker_key(speaker)
    if not key:
        raise InputError("speaker: a name is needed")
    hold_person(session, subscriber_id)
    note_act(session, subscriber_id, now=now)
    held = session.get(SpeakerStance, (subscriber_id, key))
    if stance is None:
        session.execute(
            delete(SpeakerStance).where(
                SpeakerStance.subscriber_id == subscriber_id, SpeakerStance.speaker_key == key
            )
        )
    elif held is None:
        session.add(
            SpeakerStance(
                subscriber_id=subscriber_id, speaker_key=key, stance=stance.value, since=now
            )
        )
    elif held.stance != stance:
        held.stance, held.since = stance.value, now
    session.flush()
