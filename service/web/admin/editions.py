"""Editions: which there were, one in full, and pausing, resuming, cancelling it."""

from fastapi import APIRouter
from starlette.responses import RedirectResponse, Response

from service.editions.control import cancel, pause, resume
from service.editions.queries import edition_by_id, recent_editions
from service.errors import NotFoundError
from service.log import log
from service.monitoring.queries import see_one_moment
from service.monitoring.status import status_of
from service.web.admin.queries import due_of
from service.web.admin.session import Actor, Viewer
from service.web.admin.show import show
from service.web.numbers import row_id
from service.web.site import Here, Site

router = APIRouter()
PAGE_LENGTH = 60
SEE_OTHER = 303


@router.api_route("/admin/editions", methods=["GET", "HEAD"])
def editions(here: Here, viewer: Viewer) -> Response:
    with here.database.reading() as session:
        found = recent_editions(session, limit=PAGE_LENGTH)
        due = due_of(session, edition_ids=[edition.id for edition in found])
    return show(here, viewer, "editions.html", place="Editions", editions=found, due=due)


@router.api_route("/admin/editions/{number}", methods=["GET", "HEAD"])
def edition(number: str, here: Here, viewer: Viewer) -> Response:
    return _one(here, viewer, number, "edition.html")


@router.api_route("/admin/editions/{number}/cancel", methods=["GET", "HEAD"])
def ask_to_cancel(number: str, here: Here, viewer: Viewer) -> Response:
    """Say what would end before it does: a cancelled edition is not taken up again."""
    return _one(here, viewer, number, "cancel.html")


@router.post("/admin/editions/{number}/pause")
def pause_it(number: str, here: Here, actor: Actor) -> Response:
    edition_id = _edition_id(number)
    with here.database.transaction() as session:
        pause(session, edition_id=edition_id)
    log.info("edition_paused", edition_id=edition_id, staff_id=actor.staff.id)
    return _back(here, edition_id)


@router.post("/admin/editions/{number}/resume")
def resume_it(number: str, here: Here, actor: Actor) -> Response:
    edition_id = _edition_id(number)
    with here.database.transaction() as session:
        resume(session, edition_id=edition_id, now=here.clock.now())
    log.info("edition_resumed", edition_id=edition_id, staff_id=actor.staff.id)
    return _back(here, edition_id)


@router.post("/admin/editions/{number}/cancel")
def cancel_it(number: str, here: Here, actor: Actor) -> Response:
    edition_id = _edition_id(number)
    with here.database.transaction() as session:
        briefs = cancel(session, edition_id=edition_id, now=here.clock.now())
    log.info("edition_cancelled", edition_id=edition_id, staff_id=actor.staff.id, briefs=briefs)
    return _back(here, edition_id)


def _one(site: Site, viewer: Viewer, number: str, page: str) -> Response:
    edition_id = _edition_id(number)
    with site.database.reading() as session:
        see_one_moment(session)
        status = status_of(session, edition_by_id(session, edition_id=edition_id))
    return show(site, viewer, page, place="Editions", edition=status)


def _back(site: Site, edition_id: int) -> Response:
    return RedirectResponse(f"{site.base}/admin/editions/{edition_id}", status_code=SEE_OTHER)


def _edition_id(number: str) -> int:
    edition_id = row_id(number)
    if edition_id is None:
        raise NotFoundError("there is no such edition")
    return edition_id
