"""A reader's word on one pick: a page with a button, and the deed behind it."""

from dataclasses import dataclass

from fastapi import APIRouter
from sqlalchemy.orm import Session
from starlette.responses import Response

from service.editions.models import Brief
from service.errors import NotFoundError
from service.feedback.evidence import prove_accepted
from service.feedback.models import Deed
from service.feedback.react import is_pick, react, said, undo
from service.rendering.cards import card_values
from service.sending.prepare import cards_of
from service.web.forms import Fields
from service.web.numbers import row_id
from service.web.public.links import brief_behind, brief_link
from service.web.site import Here, Site

router = APIRouter()
PATH = "/b/{token}/{insight_id}/{deed}"


@dataclass(frozen=True, slots=True)
class DeedWords:
    """How a page speaks of a deed, in the words the mail has for it."""

    link: str  # as the mail prints it
    question: str
    button: str
    done: str
    effect: str


WORDS = {
    Deed.UP: DeedWords(
        "Useful", "Was this useful?", "Yes, useful", "Noted: useful.", "You will see a little more"
    ),
    Deed.DOWN: DeedWords(
        "Not for me", "Not for you?", "Not for me", "Noted: not for you.", "You will see less"
    ),
    Deed.MORE: DeedWords(
        "More like this",
        "More like this?",
        "More like this",
        "Noted: more like this.",
        "You will see more",
    ),
    Deed.SAVE: DeedWords("Save", "Save this?", "Save it", "Saved.", "You will see a little more"),
}


@router.api_route(PATH, methods=["GET", "HEAD"])
def ask(token: str, insight_id: str, deed: str, here: Here) -> Response:
    """Show the pick and the button; a mail scanner that looks changes nothing."""
    with here.database.reading() as session:
        brief, insight, wanted = _named(session, here, token, insight_id, deed)
        return _page(session, here, token, brief, insight, wanted)


@router.post(PATH)
def do(token: str, insight_id: str, deed: str, here: Here, fields: Fields) -> Response:
    """Do the deed, or take it back; the same once or twice."""
    with here.database.transaction() as session:
        brief, insight, wanted = _named(session, here, token, insight_id, deed)
        now = here.clock.now()
        if fields.get("undo"):
            undo(session, brief=brief, insight_id=insight, deed=wanted, now=now)
        else:
            react(session, brief=brief, insight_id=insight, deed=wanted, now=now)
            # whoever answers a brief has it: evidence, should its hand-over be in doubt
            prove_accepted(
                session, local_date=brief.local_date, brief_id=brief.id, how=deed, now=now
            )
        return _page(session, here, token, brief, insight, wanted)


def _named(
    session: Session, site: Site, token: str, insight_id: str, deed: str
) -> tuple[Brief, int, Deed]:
    brief, _, _ = brief_behind(session, brief_link(site, token))
    number = row_id(insight_id)
    if deed not in set(Deed) or number is None or not is_pick(brief, number):
        raise NotFoundError("this is not a pick of the brief the link belongs to")
    return brief, number, Deed(deed)


def _page(
    session: Session, site: Site, token: str, brief: Brief, insight_id: int, deed: Deed
) -> Response:
    cards = cards_of(session, [insight_id])
    if insight_id not in cards:
        raise NotFoundError("this insight is gone")
    held = said(session, subscriber_id=brief.subscriber_id, insight_id=insight_id)
    return site.pages.show(
        "reaction.html",
        card=card_values(cards[insight_id]),
        topics=cards[insight_id].topics,
        words=WORDS[deed],
        is_done=deed in held,
        brief_path=f"/b/{token}",
        path=f"/b/{token}/{insight_id}",
        deed=deed,
        others=[(other, WORDS[other].link, other in held) for other in Deed if other != deed],
    )
