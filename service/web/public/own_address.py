"""Change of address: asked on the preferences, agreed to from the new mailbox, known to the old."""

from fastapi import APIRouter, Request
from sqlalchemy.orm import Session
from starlette.background import BackgroundTask
from starlette.responses import Response

from service.audience.addresses import read_address
from service.audience.models import AddressChange, Subscriber
from service.audience.move import agree_to_move, ask_move, take_back_move
from service.errors import InputError, NotFoundError, TokenError
from service.jobs import Job
from service.languages import language
from service.tokens import Purpose
from service.web.forms import Fields
from service.web.public.own import OWN, Writing, own_path
from service.web.public.preferences import Fault, page
from service.web.site import Here, Site

router = APIRouter()
ADDRESS = "/address/{token}"


@router.post(f"{OWN}/address")
def ask(request: Request, own: Writing, fields: Fields) -> Response:
    """Ask the new address; the answer is the same whoever has it."""
    typed = fields.get("email", "")
    with own.site.database.transaction() as session:
        person = own.person(session, held=True)
        try:
            address = read_address(typed)
        except InputError as error:
            fault = Fault.of(error, "address", typed=typed)
            return page(session, own, person, request, fault=fault)
        if address.key != person.address_key:
            now = own.site.clock.now()
            ask_move(session, own.site.gate, person, to=address, now=now)
    answer = own.back(anchor="address", done="address")
    answer.background = BackgroundTask(own.site.bell.ring, Job.DELIVER)
    return answer


@router.api_route(ADDRESS, methods=["GET", "HEAD"])
def look(token: str, here: Here) -> Response:
    """Show what is asked; mail scanners open every link, so looking changes nothing."""
    change_id, agrees = _read(here, token)
    with here.database.reading() as session:
        return _page(session, here, token, change_id, agrees=agrees)


@router.post(ADDRESS)
def answer(token: str, here: Here) -> Response:
    """Agree from the new mailbox, or take it back from the old one; the token is the proof."""
    change_id, agrees = _read(here, token)
    now = here.clock.now()
    with here.database.transaction() as session:
        deed = agree_to_move if agrees else take_back_move
        deed(session, change_id=change_id, now=now)
        shown = _page(session, here, token, change_id, agrees=agrees)
    shown.background = BackgroundTask(here.bell.ring, Job.DELIVER)
    return shown


def _read(site: Site, token: str) -> tuple[int, bool]:
    ids = site.signer.read(Purpose.ADDRESS, token, now=site.clock.now())
    if len(ids) != 2:  # noqa: PLR2004 - signed by us, in a form of another version
        raise TokenError("this link was made in a form we no longer know")
    return ids[0], bool(ids[1])


def _page(session: Session, site: Site, token: str, change_id: int, *, agrees: bool) -> Response:
    change = session.get(AddressChange, change_id)
    if change is None:
        raise NotFoundError("this change of address is no longer known to us")
    person = session.get_one(Subscriber, change.subscriber_id)
    is_done = change.done_at is not None if agrees else change.taken_back_at is not None
    own = own_path(site, person, today=site.clock.now().date()) if agrees and is_done else ""
    return site.pages.show(
        "own/address.html",
        lang=language(person.language),
        path=f"/address/{token}",
        change=change,
        agrees=agrees,
        is_done=is_done,
        is_over=agrees and change.taken_back_at is not None,
        own=own,
    )
