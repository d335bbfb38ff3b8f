"""The home of a list: what it is, what it would send today, and the way to get it."""

from fastapi import APIRouter
from sqlalchemy.orm import Session
from starlette.responses import Response

from service.audience.public_lists import PublicList, public_list
from service.editions.archive import past_editions
from service.insights.catalogue import CountedTopic
from service.insights.reading import insights_by_id
from service.selection.sample import sample_picks
from service.web.public.card_words import CardWords
from service.web.public.offer import Offer
from service.web.public.shown import shown
from service.web.public.structured import as_script, page_of_list
from service.web.public_answers import for_everybody
from service.web.site import Here, Lang, Site

router = APIRouter()


@router.api_route("/l/{slug}", methods=["GET", "HEAD"])
def list_page(slug: str, here: Here, lang: Lang) -> Response:
    now = here.clock.now()
    with here.database.reading() as session:
        one = public_list(session, slug=slug)
        picks = sample_picks(session, one.list, now=now)
        sample = [insight for insight in insights_by_id(session, ids=picks) if insight.is_listed]
        topics = _topics_of(session, one, here)
        has_archive = bool(past_editions(session, list_id=one.list.id, limit=1))
    newsletter = one.list
    url = f"{here.public_url}/l/{newsletter.slug}"
    description = newsletter.description or newsletter.name
    page = here.pages.show(
        "newsletter.html",
        lang=lang,
        newsletter=newsletter,
        canonical=url,
        image=here.public_url + card_path(one),
        structured=as_script(
            page_of_list(newsletter.name, description, url=url, site=here.public_url)
        ),
        sample=shown(sample),
        topics=topics,
        has_archive=has_archive,
        offer=Offer(list=newsletter),
    )
    return for_everybody(page)


def list_card(one: PublicList) -> CardWords:
    """Return what the picture of a list says."""
    return CardWords(one.list.name, one.list.description)


def card_path(one: PublicList) -> str:
    return f"/cards/l/{one.list.slug}-{list_card(one).digest}.png"


def _topics_of(session: Session, one: PublicList, site: Site) -> list[CountedTopic]:
    topics = site.counts.topics(session, now=site.clock.now())
    return [each for each in topics if not one.topic_ids or each.topic.id in one.topic_ids]
