"""The page of one insight: what was said, where, what is near it, and a way to get five a day."""

from fastapi import APIRouter
from sqlalchemy.orm import Session
from starlette.responses import Response

from service.errors import GoneError, NotFoundError
from service.insights.page_paths import id_in
from service.insights.reading import ReadInsight, also_said, first_of_story, insights_by_id
from service.insights.related import related
from service.web.outside_links import mail_link, share_links
from service.web.public.offer import Offer, offer_for
from service.web.public.shown import Shown, shown
from service.web.public.structured import article, as_script
from service.web.public_answers import for_everybody, moved
from service.web.site import Here, Lang

router = APIRouter()


@router.api_route("/i/{name}", methods=["GET", "HEAD"])
def insight_page(name: str, here: Here, lang: Lang) -> Response:
    now = here.clock.now()
    with here.database.reading() as session:
        one = Shown(visible_insight(session, name))
        if f"/i/{name}" != one.insight.unquoted_path:
            return moved(here.public_url + one.path)
        insight = one.insight
        first = first_of_story(session, story_id=insight.story_id, now=now)
        canonical = here.public_url + (first.path if first else one.path)
        also = also_said(session, of=insight)
        near = related(session, insight.id, model=here.text_model)
        beside = insights_by_id(session, ids=[one.insight_id for one in near])
        offer = offer_for(
            session,
            topics=[(topic.id, topic.slug) for topic in insight.topics],
            language=insight.language,
        )
    url, image = here.public_url + one.path, here.public_url + one.card_path
    page = here.pages.show(
        "insight.html",
        lang=lang,
        one=one,
        canonical=canonical,
        url=url,
        image=image,
        structured=as_script(article(one, url=canonical, image=image, site=here.public_url)),
        also=shown(also),
        related=shown(other for other in beside if other.is_listed),
        offer=offer,
        shares=share_links(url, one.title),
        mail_share=mail_link("", subject=one.title, body=f"{one.title}\n\n{url}"),
        mistake=_mistake_link(offer, one, url),
        is_listed=insight.is_listed,
    )
    return for_everybody(page, is_found=insight.is_listed)


def visible_insight(session: Session, name: str) -> ReadInsight:
    """Return the insight a name begins with the number of; raises when there is none to show."""
    number = id_in(name)
    found = insights_by_id(session, ids=[number]) if number else []
    if not found:
        raise NotFoundError("there is no such insight")
    if found[0].hidden:
        raise GoneError("this insight was taken back")
    return found[0]


def _mistake_link(offer: Offer | None, one: Shown, url: str) -> str:
    if offer is None:
        return ""
    to = offer.list.reply_to or offer.list.from_email
    return mail_link(to, subject=f"A mistake in: {one.title}", body=f"{url}\n\n")
