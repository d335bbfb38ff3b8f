"""Nothing more from one podcast: a page with a button, the deed behind it, and the way back."""

from fastapi import APIRouter
from sqlalchemy.orm import Session
from starlette.responses import Response

from service.audience.models import PodcastStance, Stance
from service.audience.stances import set_podcast_stance
from service.errors import NotFoundError
from service.feedback.evidence import prove_accepted
from service.insights.models import Insight
from service.web.forms import Fields
from service.web.public.pick import NamedPick, named_pick
from service.web.site import Here, Site
from service.web.visits import ByHand

router = APIRouter()
PATH = "/b/{token}/{insight_id}/mute"


@router.api_route(PATH, methods=["GET", "HEAD"])
def ask(token: str, insight_id: str, here: Here) -> Response:
    """Show what would fall silent; looking changes nothing."""
    with here.database.reading() as session:
        pick = named_pick(session, here, token, insight_id)
        return _page(session, here, pick, _podcast_of(session, pick))


@router.post(PATH)
def do(token: str, insight_id: str, here: Here, fields: Fields, by_hand: ByHand) -> Response:
    """Mute the podcast, or let it be heard again; the same once or twice."""
    with here.database.transaction() as session:
        pick = named_pick(session, here, token, insight_id)
        podcast_id = _podcast_of(session, pick)
        if not by_hand:
            return _page(session, here, pick, podcast_id, is_doubted=True)
        brief, now = pick.brief, here.clock.now()
        undo = bool(fields.get("undo"))
        if undo == _is_muted(session, pick, podcast_id):  # else it is as they want it already
            stance = None if undo else Stance.MUTE
            set_podcast_stance(session, brief.subscriber_id, podcast_id, stance, now=now)
        if not undo:
            prove_accepted(
                session, local_date=brief.local_date, brief_id=brief.id, how="mute", now=now
            )
        return _page(session, here, pick, podcast_id)


def _podcast_of(session: Session, pick: NamedPick) -> int:
    insight = session.get_one(Insight, pick.insight_id)
    if insight.podcast_id is None:
        raise NotFoundError("this insight names no podcast")
    return insight.podcast_id


def _is_muted(session: Session, pick: NamedPick, podcast_id: int) -> bool:
    held = session.get(PodcastStance, (pick.brief.subscriber_id, podcast_id))
    return held is not None and held.stance == Stance.MUTE


def _page(
    session: Session,
    site: Site,
    pick: NamedPick,
    podcast_id: int,
    *,
    is_doubted: bool = False,
) -> Response:
    return site.pages.show(
        "mute.html",
        **pick.values(),
        is_done=_is_muted(session, pick, podcast_id),
        is_doubted=is_doubted,
    )
