"""A reader's word on one pick: a page with a button, and the deed behind it."""

from dataclasses import dataclass

from fastapi import APIRouter
from sqlalchemy.orm import Session
from starlette.responses import Response

from service.errors import NotFoundError
from service.feedback.evidence import prove_accepted
from service.feedback.models import Deed
from service.feedback.react import react, said, undo
from service.languages import msgid
from service.web.forms import Fields
from service.web.public.pick import NamedPick, named_pick
from service.web.site import Here, Site
from service.web.visits import ByHand

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
    effect_without: str  # of an insight without topics


WORDS = {
    Deed.UP: DeedWords(
        msgid("Useful"),
        msgid("Was this useful?"),
        msgid("Yes, useful"),
        msgid("Noted: useful."),
        msgid("You will see a little more about {topics} from your next brief on."),
        msgid("You will see a little more of this kind from your next brief on."),
    ),
    Deed.DOWN: DeedWords(
        msgid("Not for me"),
        msgid("Not for you?"),
        msgid("Not for me"),
        msgid("Noted: not for you."),
        msgid("You will see less about {topics} from your next brief on."),
        msgid("You will see less of this kind from your next brief on."),
    ),
    Deed.MORE: DeedWords(
        msgid("More like this"),
        msgid("More like this?"),
        msgid("More like this"),
        msgid("Noted: more like this."),
        msgid("You will see more about {topics} from your next brief on."),
        msgid("You will see more of this kind from your next brief on."),
    ),
    Deed.SAVE: DeedWords(
        msgid("Save"),
        msgid("Save this?"),
        msgid("Save it"),
        msgid("Saved."),
        msgid("You will see a little more about {topics} from your next brief on."),
        msgid("You will see a little more of this kind from your next brief on."),
    ),
}


@router.api_route(PATH, methods=["GET", "HEAD"])
def ask(token: str, insight_id: str, deed: str, here: Here) -> Response:
    """Show the pick and the button; a mail scanner that looks changes nothing."""
    with here.database.reading() as session:
        pick, wanted = _named(session, here, token, insight_id, deed)
        return _page(session, here, pick, wanted)


@router.post(PATH)
def do(
    token: str, insight_id: str, deed: str, here: Here, fields: Fields, by_hand: ByHand
) -> Response:
    """Do the deed, or take it back; the same once or twice."""
    with here.database.transaction() as session:
        pick, wanted = _named(session, here, token, insight_id, deed)
        brief, now = pick.brief, here.clock.now()
        if not by_hand:
            return _page(session, here, pick, wanted, is_doubted=True)
        if fields.get("undo"):
            undo(session, brief=brief, insight_id=pick.insight_id, deed=wanted, now=now)
        else:
            react(session, brief=brief, insight_id=pick.insight_id, deed=wanted, now=now)
            # whoever answers a brief has it: evidence, should its hand-over be in doubt
            prove_accepted(
                session, local_date=brief.local_date, brief_id=brief.id, how=deed, now=now
            )
        return _page(session, here, pick, wanted)


def _named(
    session: Session, site: Site, token: str, insight_id: str, deed: str
) -> tuple[NamedPick, Deed]:
    if deed not in set(Deed):
        raise NotFoundError("there is no such deed")
    return named_pick(session, site, token, insight_id), Deed(deed)


def _page(
    session: Session, site: Site, pick: NamedPick, deed: Deed, *, is_doubted: bool = False
) -> Response:
    held = said(session, subscriber_id=pick.brief.subscriber_id, insight_id=pick.insight_id)
    words, say = WORDS[deed], pick.lang.gettext
    effect = say(words.effect if pick.card.topics else words.effect_without)
    return site.pages.show(
        "reaction.html",
        **pick.values(),
        words=words,
        effect=effect.format(topics=", ".join(pick.card.topics)),
        is_done=deed in held,
        is_doubted=is_doubted,
        deed=deed,
        others=[(other, WORDS[other].link, other in held) for other in Deed if other != deed],
    )
