"""A small list with readers, findings and one edition, for tests of pages and figures."""

import datetime as dt
from dataclasses import dataclass

from sqlalchemy.orm import Session

from service.audience.models import Interest, NewsletterList, Subscriber, Subscription
from service.editions.models import Batch, Brief, Edition, Tick
from service.insights.models import Episode, Insight, InsightTopic, Podcast, Topic
from service.rendering.links import BRIEF_LINKS_LAST
from service.tokens import Purpose, Signer

FINDINGS = {
    "Small models learn from their own drafts": (
        "A team let a small model mark its own answers and train on the better half. After four "
        "rounds it matched one three times its size on the tasks it had practised, and no others."
    ),
    "The grid now waits for transformers, not for power": (
        "Utilities in six countries say the same: the queue is no longer at the plant but at the "
        "factory that winds copper. An order placed today is delivered in the spring of 2029."
    ),
    "Bees count to four, and then guess": (
        "Trained on cards with dots, bees were right up to four and no better than chance at five. "
        "The author thinks that is plenty where flowers have three to five petals."
    ),
    "A museum that lends paintings to living rooms": (
        "For thirty years a town museum has lent out originals for a month at a time. Two were "
        "damaged. Nobody has ever failed to bring one back."
    ),
    "Why tall ships had square holes": (
        "Caulkers cut scuppers square because the same chisel served for every seam. The shape "
        "stayed for a century after the chisel had gone."
    ),
}


@dataclass(frozen=True)
class Readership:
    """The ids and links of one reader, in the middle of it all."""

    list_id: int
    edition_id: int
    subscriber_id: int
    subscription_id: int
    brief_id: int
    local_date: dt.date
    insight_ids: list[int]
    topic_ids: list[int]

    def brief_token(self, signer: Signer) -> str:
        midnight = dt.datetime.combine(self.local_date, dt.time(), tzinfo=dt.UTC)
        return signer.sign(
            Purpose.BRIEF,
            self.brief_id,
            self.local_date.toordinal(),
            expires_at=midnight + BRIEF_LINKS_LAST,
        )

    def unsubscribe_token(self, signer: Signer) -> str:
        return signer.sign(
            Purpose.UNSUBSCRIBE, self.subscription_id, self.brief_id, self.local_date.toordinal()
        )


def build_readership(
    session: Session,
    *,
    now: dt.datetime,
    name: str = "Ada Lind",
    headline: str | None = None,
    text: str | None = None,
    list_name: str = "Morning Five",
    states: tuple[str, ...] = ("accepted",),
) -> Readership:
    """Write one list, its first reader with a brief of five picks, and a brief for each state."""
    newsletter = NewsletterList(
        slug="daily",
        name=list_name,
        description="Technology, science and the odd thing about bees.",
        from_name="Podbrief",
        from_email="brief@example.org",
        reply_to="hello@example.org",
        postal_address="Podbrief, 1 Mill Lane, Bath BA1 1AA, United Kingdom",
        created_at=now,
    )
    podcast = Podcast(name="The Copper Hour", url="https://copper.example/show")
    session.add_all([newsletter, podcast])
    session.flush()
    episode = Episode(podcast_id=podcast.id, title="Queues", url="https://copper.example/12")
    topics = [Topic(slug="ai", name="AI infrastructure"), Topic(slug="bees", name="bees")]
    session.add_all([episode, *topics])
    session.flush()
    insight_ids = _findings(session, episode, topics, headline=headline, text=text, now=now)
    edition = Edition(list_id=newsletter.id, local_date=now.date(), created_at=now)
    session.add(edition)
    session.flush()
    tick = Tick(edition_id=edition.id, due=len(states), planned_at=now)
    session.add(tick)
    session.flush()
    batch = Batch(
        edition_id=edition.id, local_date=now.date(), size=len(states), next_at=now, created_at=now
    )
    session.add(batch)
    session.flush()
    people = [
        _reader(session, newsletter, number, name if number == 0 else f"Reader {number}", now)
        for number in range(len(states))
    ]
    picks = [[insight_id, 0.9, "topic", topics[0].name] for insight_id in insight_ids]
    for number, ((_, subscription), state) in enumerate(zip(people, states, strict=True), start=1):
        brief = _brief(edition, batch, tick, subscription, number, state)
        brief.picks = [] if state == "skipped" else picks
        session.add(brief)
    session.flush()
    subscriber, subscription = people[0]
    session.add(
        Interest(subscriber_id=subscriber.id, topic_id=topics[0].id, weight=1.0, stated=1.0)
    )
    session.flush()
    return Readership(
        list_id=newsletter.id,
        edition_id=edition.id,
        subscriber_id=subscriber.id,
        subscription_id=subscription.id,
        brief_id=1,
        local_date=now.date(),
        insight_ids=insight_ids,
        topic_ids=[topic.id for topic in topics],
    )


def _findings(
    session: Session,
    episode: Episode,
    topics: list[Topic],
    *,
    headline: str | None,
    text: str | None,
    now: dt.datetime,
) -> list[int]:
    insights = [
        Insight(
            key=f"finding-{number}",
            text_hash=f"{number:032d}",
            story_id=number + 1,
            headline=headline or own_headline,
            text=text or own_text,
            podcast_id=episode.podcast_id,
            episode_id=episode.id,
            speaker="Ines Marlow",
            timecode=1421 + number,
            url=f"https://copper.example/12?t={1421 + number}",
            published_at=now - dt.timedelta(days=1),
            created_at=now,
        )
        for number, (own_headline, own_text) in enumerate(FINDINGS.items())
    ]
    session.add_all(insights)
    session.flush()
    session.add_all(
        InsightTopic(insight_id=insight.id, topic_id=topics[number % 2].id)
        for number, insight in enumerate(insights)
    )
    session.flush()
    return [insight.id for insight in insights]


def _reader(
    session: Session, newsletter: NewsletterList, number: int, name: str, now: dt.datetime
) -> tuple[Subscriber, Subscription]:
    email = "ada@example.org" if number == 0 else f"reader{number}@example.org"
    subscriber = Subscriber(email=email, address_key=email, name=name, created_at=now)
    session.add(subscriber)
    session.flush()
    subscription = Subscription(
        list_id=newsletter.id,
        subscriber_id=subscriber.id,
        status="active",
        timezone="Europe/London",
        hour=7,
        frequency="daily",
        next_due_at=now + dt.timedelta(days=1),
        last_due_at=now,
        last_local_date=now.date(),
        created_at=now,
    )
    session.add(subscription)
    session.flush()
    return subscriber, subscription


def _brief(
    edition: Edition, batch: Batch, tick: Tick, subscription: Subscription, number: int, state: str
) -> Brief:
    is_skipped = state == "skipped"
    has_ended = state not in ("planned", "sending", "deferred", "in_doubt")
    now = tick.planned_at
    return Brief(
        local_date=edition.local_date,
        id=number,
        list_id=edition.list_id,
        subscriber_id=subscription.subscriber_id,
        subscription_id=subscription.id,
        edition_id=edition.id,
        batch_id=None if is_skipped else batch.id,
        tick_id=tick.id,
        frequency="daily",
        hour=subscription.hour,
        picks=[],
        state=state,
        reason="quiet_day" if is_skipped else None,
        due_at=now,
        expires_at=now + dt.timedelta(hours=6),
        next_at=now,
        created_at=now,
        settled_at=now + dt.timedelta(seconds=40 + number) if has_ended else None,
    )
