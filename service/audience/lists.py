"""Create newsletters and change their settings; nothing unsafe in a header gets in."""

import datetime as dt
import re
from typing import Any

from sqlalchemy import delete
from sqlalchemy.orm import Session

from service.audience.addresses import read_address
from service.audience.choices import read_hour, read_zone
from service.audience.models import ListTopic, NewsletterList
from service.audience.queries import all_slugs, list_by_slug, list_topic_ids
from service.audience.values import ListSettings
from service.errors import InputError
from service.insights.checked_text import language_tag, one_line, running_text, shown
from service.insights.topic_names import topics_by_slug
from service.insights.topics import find_or_create_topics

LONGEST_SLUG = 60
PICKS = range(3, 8)
LATENESS_MINUTES = range(15, 24 * 60 + 1)
CONSENT_IP_DAYS = range(3661)
FATIGUE_BRIEFS = range(101)
ENDED_AFTER_DAYS = range(30, 3651)
COMPLAINT_SHARE = (0.0005, 1.0)
_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_LONGEST_DESCRIPTION = 2000


def create_list(
    session: Session, *, slug: str, settings: ListSettings, now: dt.datetime
) -> NewsletterList:
    """Create a list; what is not said has a sensible value, but for what the law wants to know.

    Raises `InputError` naming the setting that is wrong or missing.
    """
    if len(slug) > LONGEST_SLUG or not _SLUG.fullmatch(slug):
        raise InputError(
            f"slug: {shown(slug)} must be small letters, digits and single hyphens, "
            f"at most {LONGEST_SLUG}: such as morning-brief"
        )
    if slug in all_slugs(session):
        raise InputError(f"the list {slug} exists: change it with `podbrief lists set {slug}`")
    checked = _checked(settings)
    if "from_email" not in checked:
        raise InputError("from_email: a list needs an address to send from: --from-email")
    if "postal_address" not in checked:
        raise InputError(
            "postal_address: every mail must name the sender's postal address by law: "
            "--postal-address"
        )
    title = slug.replace("-", " ").title()
    name = checked.setdefault("name", title)
    checked.setdefault("from_name", name)
    made = NewsletterList(slug=slug, created_at=now, **checked)
    session.add(made)
    session.flush()
    _set_topics(session, made, settings)
    return made


def change_list(session: Session, *, slug: str, settings: ListSettings) -> NewsletterList:
    """Change what is said and leave the rest; a new zone or hour holds for people to come.

    Raises `NotFoundError` for an unknown list, `InputError` naming the setting that is wrong.
    """
    changed = list_by_slug(session, slug=slug)
    for name, value in _checked(settings).items():
        setattr(changed, name, value)
    session.flush()
    _set_topics(session, changed, settings)
    return changed


def _checked(settings: ListSettings) -> dict[str, Any]:
    """Return the columns that are said, each as it may be stored."""
    checked: dict[str, Any] = {
        field: _required_line(value, field, longest)
        for field, value, longest in (
            ("name", settings.name, 120),
            ("from_name", settings.from_name, 120),
            ("postal_address", settings.postal_address, 300),
        )
        if value is not None
    }
    if settings.description is not None:
        checked["description"] = running_text(
            settings.description, field="description", longest=_LONGEST_DESCRIPTION
        )
    if settings.from_email is not None:
        checked["from_email"] = read_address(settings.from_email, field="from_email").email
    if settings.reply_to is not None:
        reply_to = settings.reply_to
        checked["reply_to"] = read_address(reply_to, field="reply_to").email if reply_to else None
    if settings.language is not None:
        checked["language"] = language_tag(settings.language)
    if settings.timezone is not None:
        checked["timezone"] = read_zone(settings.timezone)
    if settings.hour is not None:
        checked["hour"] = read_hour(settings.hour)
    if settings.picks is not None:
        checked["picks"] = _within(settings.picks, PICKS, "picks")
    if settings.lateness_minutes is not None:
        minutes = _within(settings.lateness_minutes, LATENESS_MINUTES, "lateness_minutes")
        checked["lateness_minutes"] = minutes
    if settings.consent_ip_days is not None:
        days = _within(settings.consent_ip_days, CONSENT_IP_DAYS, "consent_ip_days")
        checked["consent_ip_days"] = days
    return checked | _checked_guards(settings) | _checked_pages(settings)


def _checked_pages(settings: ListSettings) -> dict[str, Any]:
    """Return what the list's public pages are made by."""
    checked: dict[str, Any] = {}
    if settings.is_public is not None:
        checked["is_public"] = settings.is_public
    if settings.third_party_notice is not None:
        checked["third_party_notice"] = running_text(
            settings.third_party_notice,
            field="third_party_notice",
            longest=_LONGEST_DESCRIPTION,
        )
    return checked


def _checked_guards(settings: ListSettings) -> dict[str, Any]:
    checked: dict[str, Any] = {}
    if settings.fatigue_briefs is not None:
        briefs = _within(settings.fatigue_briefs, FATIGUE_BRIEFS, "fatigue_briefs")
        checked["fatigue_briefs"] = briefs
    if settings.ended_after_days is not None:
        days = settings.ended_after_days
        checked["ended_after_days"] = (
            _within(days, ENDED_AFTER_DAYS, "ended_after_days") if days else None
        )
    if settings.complaint_share is not None:
        least, most = COMPLAINT_SHARE
        if not least <= settings.complaint_share <= most:
            raise InputError(f"complaint_share: must be from {least} to {most}")
        checked["complaint_share"] = settings.complaint_share
    return checked


def _required_line(value: str, field: str, longest: int) -> str:
    checked = one_line(value, field=field, longest=longest)
    if not checked:
        raise InputError(f"{field}: is empty")
    return checked


def _within(value: int, allowed: range, field: str) -> int:
    if value not in allowed:
        raise InputError(f"{field}: must be from {allowed[0]} to {allowed[-1]}, not {value}")
    return value


def _set_topics(session: Session, of_list: NewsletterList, settings: ListSettings) -> None:
    if settings.topics is None:
        return
    wanted = set(find_or_create_topics(session, topics_by_slug(settings.topics)).values())
    present = list_topic_ids(session, list_id=of_list.id)
    if gone := present - wanted:
        session.execute(
            delete(ListTopic).where(ListTopic.list_id == of_list.id, ListTopic.topic_id.in_(gone))
        )
    session.add_all(
        ListTopic(list_id=of_list.id, topic_id=topic_id) for topic_id in sorted(wanted - present)
    )
    session.flush()
