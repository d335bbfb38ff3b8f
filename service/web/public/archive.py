"""Past editions of a list, by date: the insights most of their readers got."""

import datetime as dt

from fastapi import APIRouter
from starlette.responses import Response

from service.audience.public_lists import public_list
from service.editions.archive import most_picked, past_editions
from service.errors import NotFoundError
from service.insights.reading import insights_by_id
from service.web.public.offer import Offer
from service.web.public.shown import shown
from service.web.public_answers import for_everybody
from service.web.site import Here, Lang

router = APIRouter()
MOST_EDITIONS = 400  # a year and a bit


@router.api_route("/l/{slug}/archive", methods=["GET", "HEAD"])
def archive_page(slug: str, here: Here, lang: Lang) -> Response:
    with here.database.reading() as session:
        newsletter = public_list(session, slug=slug).list
        editions = past_editions(session, list_id=newsletter.id, limit=MOST_EDITIONS)
    page = here.pages.show(
        "archive.html",
        lang=lang,
        canonical=f"{here.public_url}/l/{newsletter.slug}/archive",
        newsletter=newsletter,
        editions=editions,
        offer=Offer(list=newsletter),
    )
    return for_everybody(page, is_found=bool(editions))


@router.api_route("/l/{slug}/archive/{date}", methods=["GET", "HEAD"])
def edition_page(slug: str, date: str, here: Here, lang: Lang) -> Response:
    with here.database.reading() as session:
        newsletter = public_list(session, slug=slug).list
        local_date = _date(date)
        picks = most_picked(session, list_id=newsletter.id, local_date=local_date)
        insights = [one for one in insights_by_id(session, ids=picks) if one.is_listed]
        if not insights:
            raise NotFoundError("there is no edition of this date to show")
    page = here.pages.show(
        "edition.html",
        lang=lang,
        canonical=f"{here.public_url}/l/{newsletter.slug}/archive/{local_date}",
        newsletter=newsletter,
        local_date=local_date,
        insights=shown(insights[: newsletter.picks]),
        offer=Offer(list=newsletter),
    )
    return for_everybody(page)


def _date(text: str) -> dt.date:
    try:
        found = dt.date.fromisoformat(text)
    except ValueError as error:
        raise NotFoundError("this is not a date") from error
    if found.isoformat() != text:  # 20261122 and 2026-W47-7 are dates too, but no addresses
        raise NotFoundError("this is not a date as our addresses write it")
    return found
