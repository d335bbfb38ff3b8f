"""Tables of the audience: lists, people, what they asked for, and whom we never write to."""

import datetime as dt
from enum import StrEnum

from sqlalchemy import (
    Date,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    String,
    Text,
    UniqueConstraint,
    false,
    text,
    true,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from service.db.base import Base, BigId


class SubscriptionStatus(StrEnum):
    """Whether a subscription gets briefs."""

    PENDING = "pending"  # asked for, not confirmed yet
    ACTIVE = "active"  # gets briefs
    PAUSED = "paused"  # asked for silence
    UNSUBSCRIBED = "unsubscribed"  # left


class Frequency(StrEnum):
    """On which days a brief is due."""

    DAILY = "daily"
    WEEKDAYS = "weekdays"  # Monday to Friday
    WEEKLY = "weekly"  # Saturday, the best of the week
    DAYS = "days"  # those of `Subscription.days`


class QuietDay(StrEnum):
    """What somebody wants when there are fewer good insights than their brief holds."""

    FEWER = "fewer"  # a shorter brief
    MISSED = "missed"  # filled up with the best of what they missed
    NOTHING = "nothing"  # no mail that day


class Stance(StrEnum):
    """What somebody asked for as to a podcast or a speaker."""

    FOLLOW = "follow"
    MUTE = "mute"


EVERY_DAY = 0b1111111  # Monday is the lowest bit


class NewsletterList(Base):
    """A newsletter people subscribe to."""

    __tablename__ = "lists"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    slug: Mapped[str] = mapped_column(String(60), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    description: Mapped[str] = mapped_column(Text, default="")
    from_name: Mapped[str] = mapped_column(String(120))
    from_email: Mapped[str] = mapped_column(String(254))
    reply_to: Mapped[str | None] = mapped_column(String(254))
    postal_address: Mapped[str] = mapped_column(String(300))
    language: Mapped[str] = mapped_column(String(12), default="en")
    timezone: Mapped[str] = mapped_column(String(60), default="UTC")  # for people who gave none
    hour: Mapped[int] = mapped_column(SmallInteger, default=7)  # local, for people who gave none
    template: Mapped[str] = mapped_column(String(60), default="daily_brief")
    picks: Mapped[int] = mapped_column(SmallInteger, default=5)
    lateness_minutes: Mapped[int] = mapped_column(default=360)
    fatigue_briefs: Mapped[int] = mapped_column(SmallInteger, default=10, server_default="10")
    ended_after_days: Mapped[int | None] = mapped_column(SmallInteger)  # of fatigue; None: never
    complaint_share: Mapped[float] = mapped_column(Float, default=0.003, server_default="0.003")
    is_public: Mapped[bool] = mapped_column(default=True, server_default=true())  # has pages
    third_party_notice: Mapped[str] = mapped_column(Text, default="", server_default="")
    # how long the net address of a consent is kept; 0: never
    consent_ip_days: Mapped[int] = mapped_column(SmallInteger, default=30, server_default="30")
    created_at: Mapped[dt.datetime]


class ListTopic(Base):
    """A topic a list is about; a list with none takes all."""

    __tablename__ = "list_topics"

    list_id: Mapped[int] = mapped_column(
        ForeignKey("lists.id", ondelete="CASCADE"), primary_key=True
    )
    topic_id: Mapped[int] = mapped_column(ForeignKey("topics.id"), primary_key=True)


class Subscriber(Base):
    """A person, known by one address."""

    __tablename__ = "subscribers"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    email: Mapped[str] = mapped_column(String(254))
    address_key: Mapped[str] = mapped_column(String(254), unique=True)  # lower case, A-label domain
    name: Mapped[str] = mapped_column(String(120), default="")
    language: Mapped[str] = mapped_column(String(12), default="en")
    is_personalised: Mapped[bool] = mapped_column(default=True, server_default=true())
    may_track: Mapped[bool] = mapped_column(default=False, server_default=false())  # opens, clicks
    wants_text_only: Mapped[bool] = mapped_column(default=False, server_default=false())
    # Links to their own pages carry this number; raising it takes back those made before.
    link_number: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    # Likewise for the address of their private feed; None while they have none.
    feed_number: Mapped[int | None] = mapped_column(Integer)
    last_feed_number: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    created_at: Mapped[dt.datetime]


class Subscription(Base):
    """A person's membership of a list: when they want it, and when it is due next."""

    __tablename__ = "subscriptions"
    __table_args__ = (
        # each index is one more row for planning to write, for everybody, every day: this one finds
        # a person's subscriptions, the next a list's
        UniqueConstraint("subscriber_id", "list_id"),
        Index("ix_subscriptions_list_id_next_due_at", "list_id", "next_due_at", "id"),
        Index(
            "ix_subscriptions_paused_until",
            "paused_until",
            postgresql_where=text("paused_until IS NOT NULL"),
            sqlite_where=text("paused_until IS NOT NULL"),
        ),
        Index(
            "ix_subscriptions_pending",
            "created_at",
            postgresql_where=text("status = 'pending'"),
            sqlite_where=text("status = 'pending'"),
        ),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    list_id: Mapped[int] = mapped_column(ForeignKey("lists.id", ondelete="CASCADE"))
    subscriber_id: Mapped[int] = mapped_column(ForeignKey("subscribers.id", ondelete="CASCADE"))
    status: Mapped[str] = mapped_column(String(12))  # SubscriptionStatus
    timezone: Mapped[str] = mapped_column(String(60))
    hour: Mapped[int] = mapped_column(SmallInteger)
    frequency: Mapped[str] = mapped_column(String(10))  # Frequency
    days: Mapped[int] = mapped_column(SmallInteger, default=EVERY_DAY, server_default="127")
    picks: Mapped[int | None] = mapped_column(SmallInteger)  # None: as many as the list sends
    quiet_day: Mapped[str] = mapped_column(
        String(8), default=QuietDay.FEWER, server_default=QuietDay.FEWER.value
    )
    paused_until: Mapped[dt.date | None] = mapped_column(Date)  # None when paused: for good
    next_due_at: Mapped[dt.datetime | None]  # None unless active
    last_due_at: Mapped[dt.datetime | None]
    last_local_date: Mapped[dt.date | None] = mapped_column(Date)
    last_timezone: Mapped[str | None] = mapped_column(String(60))  # that date was read in
    created_at: Mapped[dt.datetime]
    ended_at: Mapped[dt.datetime | None]

    subscriber: Mapped[Subscriber] = relationship(lazy="raise")
    list: Mapped[NewsletterList] = relationship(lazy="raise")


class Consent(Base):
    """Proof that somebody asked for a list, or left it."""

    __tablename__ = "consents"
    __table_args__ = (
        Index("ix_consents_subscription_id", "subscription_id"),
        Index(
            "ix_consents_with_ip",
            "happened_at",
            postgresql_where=text("ip IS NOT NULL"),
            sqlite_where=text("ip IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    subscription_id: Mapped[int] = mapped_column(ForeignKey("subscriptions.id", ondelete="CASCADE"))
    act: Mapped[str] = mapped_column(String(20))  # asked, given, withdrawn
    source: Mapped[str] = mapped_column(String(40))  # import, page, confirm_page, one_click, …
    happened_at: Mapped[dt.datetime]
    text_version: Mapped[str | None] = mapped_column(String(12))  # of ConsentText; as it was shown
    ip: Mapped[str | None] = mapped_column(String(45))  # for NewsletterList.consent_ip_days


class Interest(Base):
    """How much a person wants of a topic; selection reads `weight`, made from the other two."""

    __tablename__ = "interests"

    subscriber_id: Mapped[int] = mapped_column(
        ForeignKey("subscribers.id", ondelete="CASCADE"), primary_key=True
    )
    topic_id: Mapped[int] = mapped_column(ForeignKey("topics.id"), primary_key=True)
    weight: Mapped[float] = mapped_column(Float, default=1.0)
    stated: Mapped[float | None] = mapped_column(Float)  # what they asked for; None: nothing said
    learned: Mapped[float] = mapped_column(Float, default=0.0, server_default="0")  # from acts
    learned_on: Mapped[dt.date | None] = mapped_column(Date)  # the day `learned` had decayed to
    is_chosen: Mapped[bool] = mapped_column(default=False, server_default=false())  # by themselves


class PodcastStance(Base):
    """A podcast somebody follows, or wants nothing of."""

    __tablename__ = "podcast_stances"

    subscriber_id: Mapped[int] = mapped_column(
        ForeignKey("subscribers.id", ondelete="CASCADE"), primary_key=True
    )
    podcast_id: Mapped[int] = mapped_column(ForeignKey("podcasts.id"), primary_key=True)
    stance: Mapped[str] = mapped_column(String(6))  # Stance
    since: Mapped[dt.datetime]


class SpeakerStance(Base):
    """A speaker somebody follows, or wants nothing of; known by their folded name."""

    __tablename__ = "speaker_stances"

    subscriber_id: Mapped[int] = mapped_column(
        ForeignKey("subscribers.id", ondelete="CASCADE"), primary_key=True
    )
    speaker_key: Mapped[str] = mapped_column(String(200), primary_key=True)  # casefolded
    stance: Mapped[str] = mapped_column(String(6))  # Stance
    since: Mapped[dt.datetime]


class ReaderProfile(Base):
    """What somebody liked, as one vector of the text model; feedback writes it.

    A decayed mean of the insights they took to, less half of those they turned down. Vectors of
    different models are never compared: one of another model counts as none.
    """

    __tablename__ = "reader_profiles"

    subscriber_id: Mapped[int] = mapped_column(
        ForeignKey("subscribers.id", ondelete="CASCADE"), primary_key=True
    )
    model: Mapped[str] = mapped_column(String(60))  # name and version of the text model
    vector: Mapped[bytes] = mapped_column(LargeBinary)  # float16, unit length
    likes: Mapped[float] = mapped_column(Float)  # deeds behind it, decayed
    updated_at: Mapped[dt.datetime]


class Suppression(Base):
    """An address that is never written to."""

    __tablename__ = "suppressions"

    address_key: Mapped[str] = mapped_column(String(254), primary_key=True)
    reason: Mapped[str] = mapped_column(String(40))  # bounced, complained, by hand
    source: Mapped[str] = mapped_column(String(40))  # smtp, postmark, admin
    detail: Mapped[str] = mapped_column(String(300), default="")
    since: Mapped[dt.datetime]


class AddressChange(Base):
    """Somebody asked to be written to elsewhere; holds once the new address has agreed.

    The old address is told, and may take the change back for as long as `old_email` is kept.
    """

    __tablename__ = "address_changes"
    __table_args__ = (Index("ix_address_changes_subscriber_id", "subscriber_id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    subscriber_id: Mapped[int] = mapped_column(ForeignKey("subscribers.id", ondelete="CASCADE"))
    new_email: Mapped[str] = mapped_column(String(254))
    old_email: Mapped[str | None] = mapped_column(String(254))  # set when it is done
    asked_at: Mapped[dt.datetime]
    expires_at: Mapped[dt.datetime]  # of the link that agrees; once done, of the one back
    done_at: Mapped[dt.datetime | None]
    taken_back_at: Mapped[dt.datetime | None]


class ErasedAddress(Base):
    """An address whose owner wanted to be forgotten: a keyed hash, and nothing else of them.

    An import passes it over. Who signs up anew by themselves is welcome.
    """

    __tablename__ = "erased_addresses"

    mark: Mapped[str] = mapped_column(String(64), primary_key=True)  # of audience.erased
    erased_on: Mapped[dt.date] = mapped_column(Date)
