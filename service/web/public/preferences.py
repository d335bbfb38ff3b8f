"""Preferences: everything somebody may choose, on one page, each part with its own button."""

import datetime as dt
from dataclasses import dataclass
from typing import Any
from zoneinfo import available_timezones

from fastapi import APIRouter, Request
from sqlalchemy.orm import Session
from starlette.responses import Response

from service.audience.choices import DAYS, PICKS
from service.audience.models import (
    Frequency,
    NewsletterList,
    QuietDay,
    Subscriber,
    Subscription,
    SubscriptionStatus,
)
from service.audience.queries import subscriptions_of
from service.editions.due import weekly_day
from service.editions.schedule import first_due
from service.errors import InputError
from service.feedback.unsubscribe import may_undo
from service.languages import Language, available, language
from service.privacy.erasures import erasure_of
from service.privacy.tastes import LEVELS, Taste, tastes_of, topics_left
from service.privacy.voices import voices_of, voices_sent
from service.web.public.own import OWN, Own, Reading, language_of_person
from service.web.public.own_words import (
    changes_in_words,
    days_in_words,
    level_words,
    quiet_in_words,
    when_in_words,
)

router = APIRouter(prefix=OWN)
HOURS_PER_DAY = 24


@dataclass(frozen=True, slots=True)
class Fault:
    """What of a form cannot be taken, and what was typed."""

    section: str
    field: str
    typed: str
    says: str
    of_list: str = ""

    @classmethod
    def of(cls, error: InputError, section: str, *, typed: str, of_list: str = "") -> "Fault":
        """Read the field out of an error that begins with its name."""
        field, _, says = str(error).partition(": ")
        return cls(section, field if says else "", typed[:200], says or str(error), of_list)


@dataclass(frozen=True, slots=True)
class Said:
    """What a form did, as its redirect tells: codes of ours, whatever else is typed counts not."""

    done: str = ""
    of_list: str = ""
    what: frozenset[str] = frozenset()

    @classmethod
    def of(cls, request: Request) -> "Said":
        query = request.query_params
        return cls(
            query.get("done", ""),
            query.get("list", ""),
            frozenset(query.get("what", "").split(".")),
        )


@dataclass(frozen=True, slots=True)
class OwnList:
    """One list at a glance, in its reader's language."""

    newsletter: NewsletterList
    subscription: Subscription
    picks: int
    offered_picks: list[int]
    weekly_day: int
    next_brief: str  # when, in words; empty when none is due
    days: str
    may_undo: bool
    changes: str  # what a form has just changed here

    @property
    def status(self) -> str:
        return self.subscription.status

    def has_day(self, day: int) -> bool:
        return bool(self.subscription.days >> day & 1)


@router.api_route("", methods=["GET", "HEAD"])
def preferences(request: Request, own: Reading) -> Response:
    """Show the page, and what the form before has done; looking changes nothing."""
    with own.site.database.reading() as session:
        return page(session, own, own.person(session), request, said=Said.of(request))


def page(
    session: Session,
    own: Own,
    person: Subscriber,
    request: Request,
    *,
    said: Said | None = None,
    fault: Fault | None = None,
) -> Response:
    """Return the whole page, with what was done or what is wrong at its place."""
    lang = language_of_person(request, person)
    now = own.site.clock.now()
    said = said or Said()
    tastes = tastes_of(session, subscriber_id=person.id)
    subscriptions = [
        one
        for one in subscriptions_of(session, subscriber_id=person.id)
        if one.status != SubscriptionStatus.PENDING
    ]
    return own.show(
        "preferences.html",
        person,
        code=400 if fault else 200,
        lang=lang,
        tab="preferences",
        said=said,
        fault=fault,
        lists=[_at_a_glance(one, lang, said, now=now) for one in subscriptions],
        tastes=tastes,
        levels=level_words(lang),
        topics_left=topics_left(session, subscriber_id=person.id, known=tastes),
        voices=voices_of(session, subscriber_id=person.id),
        offered=voices_sent(session, subscriber_id=person.id),
        erasure=erasure_of(session, subscriber_id=person.id),
        **_choices(lang, now=now),
    )


def stated_levels(fields: dict[str, str], tastes: list[Taste]) -> dict[int, float | None]:
    """Return the topics whose slider or box was moved, by what it means now.

    Raises `InputError` for a place no slider has.
    """
    levels: dict[int, float | None] = {}
    for taste in tastes:
        if fields.get(f"n{taste.topic_id}"):
            if taste.stated is not None:
                levels[taste.topic_id] = None
            continue
        place = fields.get(f"t{taste.topic_id}")
        if place is None or place == str(taste.place):
            continue
        if place not in map(str, range(len(LEVELS))):
            raise InputError("topics: choose one of the four places of the slider")
        levels[taste.topic_id] = LEVELS[int(place)]
    return levels


def _choices(lang: Language, *, now: dt.datetime) -> dict[str, Any]:
    """Return what the selects and radios offer."""
    return {
        "hours": [(hour, lang.hour(hour)) for hour in range(HOURS_PER_DAY)],
        "weekdays": [(day, lang.weekday(day)) for day in range(DAYS)],
        "frequencies": [
            (Frequency.DAILY.value, lang.gettext("Every day")),
            (Frequency.WEEKDAYS.value, lang.gettext("Monday to Friday")),
            (Frequency.DAYS.value, lang.gettext("On the days I choose")),
            (Frequency.WEEKLY.value, lang.gettext("Once a week, the best of it")),
        ],
        "quiet_days": [(one.value, quiet_in_words(lang, one)) for one in QuietDay],
        "zones": _zones(),
        "languages": [(code, language(code).name) for code in available()],
        "tomorrow": now.date() + dt.timedelta(days=1),
        "in_a_year": now.date() + dt.timedelta(days=365),
    }


def _zones() -> list[str]:
    """Return the zones worth offering: places, without the old names of the same."""
    return sorted(
        zone
        for zone in available_timezones()
        if zone == "UTC"
        or zone.partition("/")[0]
        in {"Africa", "America", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific"}
    )


def _at_a_glance(
    subscription: Subscription, lang: Language, said: Said, *, now: dt.datetime
) -> OwnList:
    newsletter = subscription.list
    picks = subscription.picks or newsletter.picks
    next_brief = ""
    if subscription.status == SubscriptionStatus.ACTIVE or subscription.paused_until is not None:
        due = subscription.next_due_at or first_due(subscription, now=now)
        next_brief = when_in_words(lang, due, zone=subscription.timezone, now=now)
    is_told = said.done == "wish" and said.of_list == newsletter.slug
    changes = changes_in_words(lang, set(said.what), subscription, picks=picks) if is_told else ""
    return OwnList(
        newsletter,
        subscription,
        picks,
        sorted({*PICKS, newsletter.picks}),
        weekly_day(subscription.days),
        next_brief,
        days_in_words(lang, subscription.frequency, subscription.days),
        subscription.status == SubscriptionStatus.UNSUBSCRIBED and may_undo(subscription, now=now),
        changes,
    )
