"""A subscriber as they come in, before they have rows."""

from collections.abc import Mapping
from dataclasses import dataclass

from service.audience.addresses import Address
from service.audience.models import Frequency, SubscriptionStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSubscriber:
    """All that is said of one person; None is what is not said: the list's, or as it was."""

    address: Address
    name: str | None = None
    language: str | None = None
    topics: Mapping[str, str] | None = None  # slug to name
    timezone: str | None = None
    hour: int | None = None
    frequency: Frequency | None = None
    status: SubscriptionStatus | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListSettings:
    """What an admin says of a list, as typed; None is what is not said."""

    name: str | None = None
    description: str | None = None
    from_name: str | None = None
    from_email: str | None = None
    reply_to: str | None = None  # empty: none
    postal_address: str | None = None
    language: str | None = None
    timezone: str | None = None
    hour: str | None = None
    picks: int | None = None
    lateness_minutes: int | None = None
    consent_ip_days: int | None = None
    topics: tuple[str, ...] | None = None  # names or slugs; empty: all
    fatigue_briefs: int | None = None  # 0: slow nobody down
    ended_after_days: int | None = None  # 0: never
    complaint_share: float | None = None
    is_public: bool | None = None  # whether strangers see its pages
    third_party_notice: str | None = None  # empty: the ordinary one
