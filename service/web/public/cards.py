"""Pictures of insights and lists for link previews: drawn when first asked for, kept on disk."""

from fastapi import APIRouter
from sqlalchemy.orm import Session
from starlette.responses import Response

from service.audience.public_lists import public_list
from service.errors import NotFoundError
from service.web.public.card_words import CardWords
from service.web.public.insight import visible_insight
from service.web.public.newsletter import card_path, list_card
from service.web.public.shown import Shown
from service.web.public_answers import FOR_EVER, for_everybody, moved
from service.web.site import Here

router = APIRouter()


@router.api_route("/cards/{kind}/{name}", methods=["GET", "HEAD"])
def card(kind: str, name: str, here: Here) -> Response:
    """Show the picture as its words are now; an address made from other words leads to it."""
    with here.database.reading() as session:
        words, path = _named(session, kind, name.removesuffix(".png"))
    if path != f"/cards/{kind}/{name}":
        return moved(here.public_url + path)
    answer = for_everybody(
        Response(here.cards.picture(words), media_type="image/png"), seconds=FOR_EVER
    )
    answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return answer


def _named(session: Session, kind: str, name: str) -> tuple[CardWords, str]:
    if kind == "i":
        one = Shown(visible_insight(session, name))
        return one.card, one.card_path
    if kind == "l":
        found = public_list(session, slug=name.rpartition("-")[0])
        return list_card(found), card_path(found)
    raise NotFoundError("there is no such picture")
