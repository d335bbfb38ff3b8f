"""Everything somebody was sent, day by day: what was picked and why; each brief as it was."""

import datetime as dt

from fastapi import APIRouter, Request
from starlette.responses import Response

from service.editions.models import Brief
from service.privacy.sent import Place, sent_page
from service.rendering.links import BRIEF_LINKS_LAST, brief_url
from service.tokens import Purpose
from service.web.numbers import row_id
from service.web.public.own import OWN, Reading, language_of_person
from service.web.site import Site

router = APIRouter(prefix=OWN)
A_PAGE = 10


@router.api_route("/briefs", methods=["GET", "HEAD"])
def briefs(request: Request, own: Reading) -> Response:
    """Show a page of briefs, newest first."""
    with own.site.database.reading() as session:
        person = own.person(session)
        lang = language_of_person(request, person)
        found = sent_page(
            session,
            subscriber_id=person.id,
            before=_place(request.query_params.get("before", "")),
            limit=A_PAGE + 1,
            lang=lang,
        )
        shown, rest = found[:A_PAGE], found[A_PAGE:]
        return own.show(
            "own/briefs.html",
            person,
            lang=lang,
            tab="briefs",
            briefs=[(one, brief_path(own.site, one.brief)) for one in shown],
            older=f"{shown[-1].place.local_date}.{shown[-1].place.brief_id}" if rest else "",
            is_first="before" not in request.query_params,
        )


def brief_path(site: Site, brief: Brief) -> str:
    """Return the path to a brief in the browser, good for as long as its mail's own link lasts.

    An older one gets a link that lasts as long from now: it is theirs to look back at.
    """
    start = max(brief.local_date, site.clock.now().date() - BRIEF_LINKS_LAST / 2)
    expires_at = dt.datetime.combine(start, dt.time(), tzinfo=dt.UTC) + BRIEF_LINKS_LAST
    token = site.signer.sign(
        Purpose.BRIEF, brief.id, brief.local_date.toordinal(), expires_at=expires_at
    )
    return brief_url("", token)


def _place(text: str) -> Place | None:
    """Read where the page before has ended; anything else is the first page."""
    date, _, number = text.partition(".")
    brief_id = row_id(number)
    try:
        return Place(dt.date.fromisoformat(date), brief_id) if brief_id else None
    except ValueError:
        return None
