"""What somebody wants to read about, and from whom: sliders, follows and mutes."""

from fastapi import APIRouter, Request
from sqlalchemy.orm import Session
from starlette.responses import Response

from service.audience.interests import set_stated
from service.audience.models import Stance
from service.audience.stances import set_podcast_stance, set_speaker_stance
from service.audience.taste import NORMAL
from service.errors import InputError, NotFoundError
from service.privacy.tastes import tastes_of
from service.privacy.voices import voice_called
from service.web.forms import Fields, ManyFields
from service.web.numbers import row_id
from service.web.public.own import OWN, Own, Writing
from service.web.public.preferences import Fault, page, stated_levels

router = APIRouter(prefix=OWN)


@router.post("/topics")
def topics(request: Request, own: Writing, fields: ManyFields) -> Response:
    """Take down every slider that was moved, and a topic that is new."""
    with own.site.database.transaction() as session:
        person = own.person(session, held=True)
        tastes = tastes_of(session, subscriber_id=person.id)
        try:
            levels = stated_levels(fields, tastes)
            added = row_id(fields.get("add", ""))
            if added is not None and added not in {taste.topic_id for taste in tastes}:
                levels[added] = NORMAL
            set_stated(session, person.id, levels)
        except InputError as error:
            fault = Fault.of(error, "topics", typed=fields.get("add", ""))
            return page(session, own, person, request, fault=fault)
    what = ".".join(str(topic_id) for topic_id in sorted(levels))
    return own.back(anchor="topics", done="topics", what=what)


@router.post("/voices")
def voices(request: Request, own: Writing, fields: Fields) -> Response:
    """Follow or mute a podcast or speaker, or take that back."""
    with own.site.database.transaction() as session:
        person = own.person(session, held=True)
        if fields.get("drop"):
            kind, _, key = fields["drop"].partition(":")
            _set_stance(own, session, kind, key, None)
            return own.back(anchor="voices", done="voice_dropped")
        typed = fields.get("name", "")
        try:
            stance = Stance.MUTE if fields.get("stance") == Stance.MUTE else Stance.FOLLOW
            found = voice_called(session, typed, subscriber_id=person.id)
            if found is None:
                raise InputError("name: is no podcast we know, nor a speaker you were sent")  # noqa: TRY301 - told like all others
            _set_stance(own, session, *found, stance)
        except InputError as error:
            fault = Fault.of(error, "voices", typed=typed)
            return page(session, own, person, request, fault=fault)
    return own.back(anchor="voices", done=f"voice_{stance}")


def _set_stance(own: Own, session: Session, kind: str, key: str, stance: Stance | None) -> None:
    now = own.site.clock.now()
    if kind == "speaker":
        set_speaker_stance(session, own.subscriber_id, key, stance, now=now)
        return
    podcast_id = row_id(key)
    if podcast_id is None:
        raise NotFoundError("there is no such podcast")
    set_podcast_stance(session, own.subscriber_id, podcast_id, stance, now=now)
