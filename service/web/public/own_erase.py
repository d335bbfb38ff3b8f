"""Have everything erased: one page that says what goes, one box, one button, and time to think."""

from fastapi import APIRouter, Request
from sqlalchemy.orm import Session
from starlette.responses import Response

from service.audience.models import Subscriber
from service.privacy.erasures import TIME_TO_THINK, ask_erasure, erasure_of, take_back_erasure
from service.web.forms import Fields
from service.web.public.own import OWN, Own, Reading, Writing, language_of_person
from service.web.public.preferences import Said

router = APIRouter(prefix=OWN)


@router.api_route("/erase", methods=["GET", "HEAD"])
def look(request: Request, own: Reading) -> Response:
    with own.site.database.reading() as session:
        return _page(session, own, own.person(session), request)


@router.post("/erase")
def erase(request: Request, own: Writing, fields: Fields) -> Response:
    """Ask for it, or take it back; a worker erases once the time to think is over."""
    with own.site.database.transaction() as session:
        person = own.person(session, held=True)
        if fields.get("undo"):
            take_back_erasure(session, subscriber_id=person.id)
            return own.back("/erase", done="kept")
        if not fields.get("sure"):
            return _page(session, own, person, request, is_unsure=True)
        ask_erasure(session, subscriber_id=person.id, now=own.site.clock.now())
    return own.back("/erase")


def _page(
    session: Session, own: Own, person: Subscriber, request: Request, *, is_unsure: bool = False
) -> Response:
    return own.show(
        "own/erase.html",
        person,
        code=400 if is_unsure else 200,
        lang=language_of_person(request, person),
        tab="known",
        said=Said.of(request),
        is_unsure=is_unsure,
        erasure=erasure_of(session, subscriber_id=person.id),
        minutes=int(TIME_TO_THINK.total_seconds() // 60),
    )
