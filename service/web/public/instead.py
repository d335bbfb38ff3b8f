"""What somebody may want instead of leaving: silence for a while, or one brief a week."""

import datetime as dt
from zoneinfo import ZoneInfo

from fastapi import APIRouter
from sqlalchemy.orm import Session
from starlette.responses import RedirectResponse, Response

from service.audience.choices import read_frequency
from service.audience.models import Frequency, Subscription, SubscriptionStatus
from service.audience.steer import Wish, change_wish, held_subscription, pause, resume
from service.errors import ConflictError, InputError, NotFoundError
from service.feedback.evidence import prove_accepted
from service.languages import msgid
from service.tokens import Purpose
from service.web.forms import Fields
from service.web.public.leaving import Leaving, find_leaving
from service.web.public.links import unsubscribe_link
from service.web.site import Here, Site
from service.web.visits import ByHand

router = APIRouter()
WEEKS = (
    (1, msgid("One week")),
    (2, msgid("Two weeks")),
    (4, msgid("Four weeks")),
)
LONGEST_PAUSE = dt.timedelta(days=366)
RHYTHM_LINKS_LAST = dt.timedelta(days=7)
_UNTIL = "until"


@router.api_route("/u/{token}/pause", methods=["GET", "HEAD"])
def ask_pause(token: str, here: Here) -> Response:
    """Offer some silences; looking changes nothing."""
    with here.database.reading() as session:
        return _pause_page(session, here, find_leaving(session, here, token))


@router.post("/u/{token}/pause")
def do_pause(token: str, here: Here, fields: Fields, by_hand: ByHand) -> Response:
    """Stop briefs until a date, or let them come again; the same once or twice."""
    with here.database.transaction() as session:
        leaving = find_leaving(session, here, token)
        if leaving is None or leaving.has_left or not by_hand:
            return _pause_page(session, here, leaving, is_doubted=not by_hand)
        held = _held(session, leaving)
        if fields.get("undo"):
            resume(session, held)
            return _pause_page(session, here, leaving)
        try:
            until = _date(fields, today=_today(here, held))
        except InputError:
            return _pause_page(session, here, leaving, fault=fields.get(_UNTIL, "")[:40])
        pause(session, held, until=until)
        _prove(session, here, leaving, "pause")
        return _pause_page(session, here, leaving)


@router.post("/u/{token}/fewer")
def do_fewer(token: str, here: Here, fields: Fields, by_hand: ByHand) -> Response:
    """Send the best of the week instead of a brief a day, or go back to what it was."""
    with here.database.transaction() as session:
        leaving = find_leaving(session, here, token)
        if leaving is None or leaving.has_left or not by_hand:
            return _fewer_page(here, session, leaving, was="", is_doubted=not by_hand)
        held = _held(session, leaving)
        was = held.frequency
        wanted = read_frequency(fields["was"]) if fields.get("was") else Frequency.WEEKLY
        if wanted is Frequency.WEEKLY and held.status == SubscriptionStatus.PAUSED:
            resume(session, held)  # who asks for fewer wants some
        change_wish(session, held, _wish(held, wanted))
        _prove(session, here, leaving, "fewer")
        return _fewer_page(here, session, leaving, was=was)


@router.api_route("/u/{token}/rhythm", methods=["GET", "HEAD"])
def ask_rhythm(token: str, here: Here) -> Response:
    """Lead from the note at a brief's foot to the page that takes the answer."""
    link, now = unsubscribe_link(here, token), here.clock.now()
    own = here.signer.sign(Purpose.RHYTHM, link.subscription_id, expires_at=now + RHYTHM_LINKS_LAST)
    return RedirectResponse(f"{here.base}/rhythm/{own}", status_code=303)


def _held(session: Session, leaving: Leaving) -> Subscription:
    one = leaving.subscription
    held = held_subscription(session, list_id=one.list_id, subscriber_id=one.subscriber_id)
    if held.status == SubscriptionStatus.PENDING:
        raise ConflictError("this list waits for you to confirm it, so nothing comes from it yet")
    return held


def _wish(held: Subscription, frequency: Frequency) -> Wish:
    return Wish(
        timezone=held.timezone,
        hour=held.hour,
        frequency=frequency,
        days=held.days,
        picks=held.picks,
        quiet_day=held.quiet_day,  # type: ignore[arg-type]  # stored as its value
    )


def _date(fields: dict[str, str], *, today: dt.date) -> dt.date:
    """Return the day on which briefs come again: after some weeks, or a date they chose."""
    weeks = fields.get("weeks", "")
    if weeks in {str(number) for number, _ in WEEKS}:
        return today + dt.timedelta(weeks=int(weeks))
    try:
        chosen = dt.date.fromisoformat(fields.get(_UNTIL, ""))
    except ValueError as error:
        raise InputError(f"{_UNTIL}: choose how long, or a date") from error
    if not today < chosen <= today + LONGEST_PAUSE:
        raise InputError(f"{_UNTIL}: choose a date after today, within a year")
    return chosen


def _today(site: Site, held: Subscription) -> dt.date:
    return site.clock.now().astimezone(ZoneInfo(held.timezone)).date()


def _prove(session: Session, site: Site, leaving: Leaving, how: str) -> None:
    """Whoever steers from a brief has it: evidence, should its hand-over be in doubt."""
    link = leaving.link
    prove_accepted(
        session,
        local_date=link.local_date,
        brief_id=link.brief_id,
        how=how,
        now=site.clock.now(),
    )


def _pause_page(
    session: Session,
    site: Site,
    leaving: Leaving | None,
    *,
    fault: str | None = None,
    is_doubted: bool = False,
) -> Response:
    if leaving is None:
        return site.pages.show("unsubscribe_gone.html")
    today = _today(site, leaving.subscription)
    return site.pages.show(
        "pause.html",
        code=200 if fault is None else 422,
        **leaving.values(session, now=site.clock.now()),
        weeks=WEEKS,
        first=today + dt.timedelta(days=1),
        last=today + LONGEST_PAUSE,
        fault=fault,
        is_doubted=is_doubted,
    )


def _fewer_page(
    site: Site, session: Session, leaving: Leaving | None, *, was: str, is_doubted: bool = False
) -> Response:
    if leaving is None:
        return site.pages.show("unsubscribe_gone.html")
    if leaving.has_left:
        raise NotFoundError("there is nothing to have fewer of")
    return site.pages.show(
        "fewer.html",
        **leaving.values(session, now=site.clock.now()),
        was=was,
        is_doubted=is_doubted,
    )
