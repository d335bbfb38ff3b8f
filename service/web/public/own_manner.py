"""Language, text-only mail, leave to count, and whether briefs are made for them at all."""

from fastapi import APIRouter
from starlette.responses import Response

from service.audience.manner import Manner, change_manner
from service.languages import available
from service.web.forms import Fields
from service.web.public.own import OWN, Writing

router = APIRouter(prefix=OWN)


@router.post("/mail")
def mail(own: Writing, fields: Fields) -> Response:
    """Take down how mail shall look, and what may be learned; a box not ticked is a no."""
    with own.site.database.transaction() as session:
        person = own.person(session, held=True)
        spoken = fields.get("language", "")
        wanted = Manner(
            language=spoken if spoken in available() else person.language,
            wants_text_only=bool(fields.get("text_only")),
            may_track=bool(fields.get("may_track")),
            is_personalised=not fields.get("not_personalised"),
        )
        now = own.site.clock.now()
        changed = change_manner(session, person, wanted, source="preferences", now=now)
    return own.back(anchor="mail", done="mail", what=".".join(sorted(changed)))
