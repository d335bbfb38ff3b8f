"""The sentences of somebody's own pages: when a brief comes, on which days, what has changed."""

import datetime as dt
from zoneinfo import ZoneInfo

from service.audience.choices import DAYS
from service.audience.models import Frequency, QuietDay, Subscription
from service.editions.due import weekly_day
from service.languages import Language


def when_in_words(lang: Language, moment: dt.datetime, *, zone: str, now: dt.datetime) -> str:
    """Return a moment to come as its reader says it: tomorrow at 6:00, Europe/Vienna."""
    there = moment.astimezone(ZoneInfo(zone))
    ahead = (there.date() - now.astimezone(ZoneInfo(zone)).date()).days
    if ahead == 0:
        day = lang.gettext("today")
    elif ahead == 1:
        day = lang.gettext("tomorrow")
    else:
        day = lang.day(there.date())
    clock = lang.hour(there.hour) if not there.minute else f"{there:%H:%M}"
    return lang.gettext("{day} at {hour}, {zone}").format(
        day=day, hour=clock, zone=zone.replace("_", " ")
    )


def days_in_words(lang: Language, frequency: str, days: int) -> str:
    """Return on which days briefs come: every day; Tuesday and Friday."""
    if frequency == Frequency.WEEKDAYS:
        return lang.gettext("Monday to Friday")
    if frequency == Frequency.WEEKLY:
        return lang.gettext("once a week, on {day}").format(day=lang.weekday(weekly_day(days)))
    chosen = [day for day in range(DAYS) if days >> day & 1]
    if frequency == Frequency.DAILY or len(chosen) in (0, DAYS):
        return lang.gettext("every day")
    return lang.listed([lang.weekday(day) for day in chosen])


def quiet_in_words(lang: Language, quiet_day: str) -> str:
    """Return what happens on a day with less to tell."""
    return {
        QuietDay.FEWER: lang.gettext("a shorter brief"),
        QuietDay.MISSED: lang.gettext("filled up with the best of what you missed"),
        QuietDay.NOTHING: lang.gettext("no mail that day"),
    }[QuietDay(quiet_day)]


def changes_in_words(
    lang: Language, changed: set[str], subscription: Subscription, *, picks: int
) -> str:
    """Return what is different now, as a sentence; empty when none of `changed` is known."""
    said = []
    if changed & {"hour"}:
        said.append(lang.gettext("the hour is {hour}").format(hour=lang.hour(subscription.hour)))
    if changed & {"timezone"}:
        zone = subscription.timezone.replace("_", " ")
        said.append(lang.gettext("the time zone is {zone}").format(zone=zone))
    if changed & {"frequency", "days"}:
        days = days_in_words(lang, subscription.frequency, subscription.days)
        said.append(lang.gettext("briefs come {days}").format(days=days))
    if changed & {"picks"}:
        words = lang.ngettext("{count} insight a brief", "{count} insights a brief", picks)
        said.append(words.format(count=picks))
    if changed & {"quiet_day"}:
        quiet = quiet_in_words(lang, subscription.quiet_day)
        said.append(lang.gettext("on a quiet day: {what}").format(what=quiet))
    if not said:
        return ""
    return lang.gettext("Now {what}.").format(what=lang.listed(said))


def level_words(lang: Language) -> list[str]:
    """Return what the four places of a topic's slider mean."""
    return [
        lang.gettext("Never"),
        lang.gettext("Now and then"),
        lang.gettext("Often"),
        lang.gettext("As much as there is"),
    ]
