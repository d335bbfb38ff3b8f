"""What somebody changes of one list: when and how much, a pause, an end; or of all of them."""

from fastapi import APIRouter, Request
from sqlalchemy.orm import Session
from starlette.responses import Response

from service.audience.choices import (
    DAYS,
    read_days,
    read_frequency,
    read_hour,
    read_pause_end,
    read_picks,
    read_quiet_day,
    read_zone,
)
from service.audience.models import (
    EVERY_DAY,
    Frequency,
    NewsletterList,
    Subscription,
    SubscriptionStatus,
)
from service.audience.queries import list_by_slug, subscription_of, subscriptions_of
from service.audience.steer import Wish, change_wish, held_subscription, pause, resume
from service.editions.due import weekly_day
from service.editions.schedule import today_of
from service.errors import InputError, NotFoundError
from service.feedback.unsubscribe import UnsubscribeSource, resubscribe, unsubscribe
from service.web.forms import Fields, ManyFields
from service.web.public.own import OWN, Own, Writing
from service.web.public.preferences import Fault, page

router = APIRouter(prefix=OWN)
LIST = "/lists/{slug}"


@router.post(f"{LIST}/wish")
def wish(request: Request, slug: str, own: Writing, fields: ManyFields) -> Response:
    """Take down hour, zone, days, number and the wish for quiet days of one list."""
    with own.site.database.transaction() as session:
        person = own.person(session, held=True)
        newsletter, subscription = _theirs(session, own, slug)
        try:
            wanted = _read_wish(fields, subscription, newsletter)
        except InputError as error:
            field = str(error).partition(":")[0]
            fault = Fault.of(error, "wish", typed=fields.get(field, ""), of_list=slug)
            return page(session, own, person, request, fault=fault)
        changed = change_wish(session, subscription, wanted)
    what = ".".join(sorted(changed))
    return own.back(anchor=f"list-{slug}", done="wish", list=slug, what=what)


@router.post(f"{LIST}/pause")
def pause_list(request: Request, slug: str, own: Writing, fields: Fields) -> Response:
    """Stop briefs until a date or for good, or send them again."""
    with own.site.database.transaction() as session:
        person = own.person(session, held=True)
        _, subscription = _theirs(session, own, slug)
        if fields.get("resume"):
            resume(session, subscription)
            return own.back(anchor=f"list-{slug}", done="resumed", list=slug)
        until = None
        if not fields.get("for_good"):
            today = today_of(subscription, now=own.site.clock.now())
            try:
                until = read_pause_end(fields.get("until", ""), today=today)
            except InputError as error:
                typed = fields.get("until", "")
                fault = Fault.of(error, "pause", typed=typed, of_list=slug)
                return page(session, own, person, request, fault=fault)
        pause(session, subscription, until=until)
    return own.back(anchor=f"list-{slug}", done="paused", list=slug)


@router.post(f"{LIST}/leave")
def leave_list(slug: str, own: Writing, fields: Fields) -> Response:
    """Leave one list at once, or take that back within a day."""
    now = own.site.clock.now()
    with own.site.database.transaction() as session:
        own.person(session, held=True)
        newsletter = _list_called(session, slug)
        found = subscription_of(session, list_id=newsletter.id, subscriber_id=own.subscriber_id)
        if found is None:
            raise NotFoundError(_NOT_THEIRS)
        if fields.get("undo"):
            resubscribe(session, subscription_id=found.id, now=now)
            return own.back(anchor=f"list-{slug}", done="back", list=slug)
        source = UnsubscribeSource.PAGE
        unsubscribe(session, subscription_id=found.id, source=source, now=now)
    return own.back(anchor=f"list-{slug}", done="left", list=slug)


@router.post("/leave")
def leave_all(own: Writing) -> Response:
    """Leave every list at once; who they are and what they saved stays theirs."""
    with own.site.database.transaction() as session:
        person = own.person(session, held=True)
        for one in subscriptions_of(session, subscriber_id=person.id):
            if one.status == SubscriptionStatus.UNSUBSCRIBED:
                continue
            unsubscribe(
                session,
                subscription_id=one.id,
                source=UnsubscribeSource.PAGE,
                now=own.site.clock.now(),
            )
    return own.back(anchor="lists", done="left_all")


_NOT_THEIRS = "this list is not one of yours"


def _theirs(session: Session, own: Own, slug: str) -> tuple[NewsletterList, Subscription]:
    newsletter = _list_called(session, slug)
    subscription = held_subscription(
        session, list_id=newsletter.id, subscriber_id=own.subscriber_id
    )
    return newsletter, subscription


def _list_called(session: Session, slug: str) -> NewsletterList:
    try:
        return list_by_slug(session, slug=slug)
    except NotFoundError as error:
        raise NotFoundError(_NOT_THEIRS) from error  # without the names of all there are


def _read_wish(
    fields: dict[str, str], subscription: Subscription, newsletter: NewsletterList
) -> Wish:
    """Return what the form says; what it leaves out stays. Raises `InputError`."""
    frequency = read_frequency(fields.get("frequency", subscription.frequency))
    days = EVERY_DAY
    if frequency is Frequency.DAYS:
        days = read_days([str(day) for day in range(DAYS) if fields.get(f"day{day}")])
    elif frequency is Frequency.WEEKLY:
        days = read_days([fields.get("weekly_day", str(weekly_day(subscription.days)))])
    picks = subscription.picks
    if "picks" in fields:
        is_the_lists = fields["picks"] == str(newsletter.picks)
        picks = None if is_the_lists else read_picks(fields["picks"])
    return Wish(
        timezone=read_zone(fields.get("timezone", subscription.timezone)),
        hour=read_hour(fields.get("hour", str(subscription.hour))),
        frequency=frequency,
        days=days,
        picks=picks,
        quiet_day=read_quiet_day(fields.get("quiet_day", subscription.quiet_day)),
    )
