"""What the confirm page offers, and what came back from it."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import available_timezones

from sqlalchemy.orm import Session

from service.audience.choices import read_hour, read_zone
from service.audience.models import Frequency, Subscription
from service.audience.queries import interests_of
from service.audience.sign_up_confirm import (
    LEAST_TOPICS,
    Choices,
    OfferedTopic,
    offered_topics,
    waiting_besides,
)
from service.errors import InputError
from service.languages import Language

FREQUENCIES = (Frequency.DAILY, Frequency.WEEKDAYS, Frequency.WEEKLY)
_NOT_PLACES = frozenset({"Etc", "SystemV", "US", "posix", "right", "Brazil", "Canada", "Chile"})


class ZoneGroup(NamedTuple):
    """The places of one part of the world."""

    name: str
    zones: Sequence[tuple[str, str]]  # name, and as a person reads it


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What there is to choose, and what is chosen so far."""

    topics: Sequence[OfferedTopic]
    besides: Sequence[Subscription]
    chosen_topics: frozenset[str]
    chosen_besides: frozenset[str]
    timezone: str
    is_guess: bool  # nobody has chosen the zone yet: the browser may know better
    hour: int
    frequency: str

    @property
    def least_topics(self) -> int:
        return min(LEAST_TOPICS, len(self.topics))


def first_offer(
    session: Session, subscription: Subscription, *, came_for: Sequence[str], now: dt.datetime
) -> Offer:
    """Return what to choose from; chosen is what they stated before or came for, filled up."""
    topics = offered_topics(session, list_id=subscription.list_id, now=now)
    slugs = [topic.slug for topic in topics]
    stated = interests_of(session, subscriber_id=subscription.subscriber_id)
    chosen = [slug for slug in slugs if slug in stated or slug in came_for]
    chosen += [slug for slug in slugs if slug not in chosen][: max(0, LEAST_TOPICS - len(chosen))]
    return Offer(
        topics=topics,
        besides=waiting_besides(session, subscription=subscription),
        chosen_topics=frozenset(chosen),
        chosen_besides=frozenset(),
        timezone=subscription.timezone,
        is_guess=True,
        hour=subscription.hour,
        frequency=subscription.frequency,
    )


def read_choices(
    offer: Offer, fields: Mapping[str, Sequence[str]], lang: Language
) -> tuple[Choices | None, Offer, Mapping[str, str]]:
    """Return the choices, or none and what is wrong by field; and the offer as it was filled in."""
    faults: dict[str, str] = {}
    slugs = frozenset(fields.get("topic", ())) & {topic.slug for topic in offer.topics}
    if len(slugs) < offer.least_topics:
        faults["topics"] = lang.ngettext(
            "Choose at least one topic.",
            "Choose at least %(num)d topics.",
            offer.least_topics,
        ) % {"num": offer.least_topics}
    zone, hour = offer.timezone, offer.hour
    try:
        zone = read_zone(_last(fields, "timezone", offer.timezone))
    except InputError:
        faults["timezone"] = lang.gettext("There is no such time zone; choose one of the list.")
    try:
        hour = read_hour(_last(fields, "hour", str(offer.hour)))
    except InputError:
        faults["hour"] = lang.gettext("Choose a full hour.")
    rhythm = _last(fields, "frequency", Frequency.DAILY.value)
    frequency = next((one for one in FREQUENCIES if one == rhythm), Frequency.DAILY)
    if frequency != rhythm:
        faults["frequency"] = lang.gettext("Choose how often it shall come.")
    besides = frozenset(fields.get("besides", ())) & {str(other.id) for other in offer.besides}
    filled = Offer(
        topics=offer.topics,
        besides=offer.besides,
        chosen_topics=slugs,
        chosen_besides=besides,
        timezone=zone,
        is_guess=False,
        hour=hour,
        frequency=frequency.value,
    )
    if faults:
        return None, filled, faults
    choices = Choices(
        topics=[topic.id for topic in offer.topics if topic.slug in slugs],
        timezone=zone,
        hour=hour,
        frequency=frequency,
        besides=[other.id for other in offer.besides if str(other.id) in besides],
    )
    return choices, filled, {}


@lru_cache(maxsize=1)
def zone_groups() -> Sequence[ZoneGroup]:
    """Return the time zones by part of the world, as a list to choose from."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for name in sorted(available_timezones()):
        part, slash, place = name.partition("/")
        if slash and part not in _NOT_PLACES:
            groups.setdefault(part, []).append((name, place.replace("_", " ").replace("/", ", ")))
    return [ZoneGroup(part, zones) for part, zones in groups.items()]


def has_zone(name: str) -> bool:
    """Whether the list to choose from holds this zone."""
    return any(name == zone for group in zone_groups() for zone, _ in group.zones)


def _last(fields: Mapping[str, Sequence[str]], name: str, default: str) -> str:
    return fields.get(name, [default])[-1]
