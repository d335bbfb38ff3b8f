"""The topics somebody spoke on or we learned of, and how a slider shows them."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from service.audience.lesson_models import Lesson
from service.audience.models import Interest, ListTopic, Subscription, SubscriptionStatus
from service.insights.models import InsightTopic, Topic

NOTHING = 0.005  # learned: less than this is the rest of something long ago
LEVELS = (0.0, 0.5, 1.0, 2.0)  # what the places of a slider mean, as `set_stated` takes them


@dataclass(frozen=True, slots=True)
class Taste:
    """One topic, as somebody stands to it."""

    topic_id: int
    name: str
    stated: float | None  # what they asked for
    learned: float  # what their acts added
    weight: float  # what selection reads

    @property
    def place(self) -> int:
        """Where the slider stands: at what they asked for, else nearest to what we learned.

        Only they can say never.
        """
        if self.stated is not None:
            return _nearest(self.stated, range(len(LEVELS)))
        return _nearest(self.weight, range(1, len(LEVELS)))


def _nearest(wanted: float, places: range) -> int:
    return min(places, key=lambda place: abs(LEVELS[place] - wanted))


def tastes_of(session: Session, *, subscriber_id: int) -> list[Taste]:
    """Return the topics somebody spoke on or we learned something about, by name."""
    rows = session.execute(
        select(Topic.id, Topic.name, Interest.stated, Interest.learned, Interest.weight)
        .join(Interest, Interest.topic_id == Topic.id)
        .where(Interest.subscriber_id == subscriber_id)
        .order_by(Topic.name)
    )
    return [Taste(*row) for row in rows if row.stated is not None or abs(row.learned) > NOTHING]


def topics_left(session: Session, *, subscriber_id: int, known: Sequence[Taste]) -> list[Topic]:
    """Return the other topics of somebody's lists, by name; a list without topics takes all."""
    lists = set(
        session.scalars(
            select(Subscription.list_id).where(
                Subscription.subscriber_id == subscriber_id,
                Subscription.status != SubscriptionStatus.UNSUBSCRIBED.value,
            )
        )
    )
    named = session.execute(
        select(ListTopic.list_id, ListTopic.topic_id).where(ListTopic.list_id.in_(lists))
    ).all()
    statement = select(Topic).where(
        Topic.id.not_in([taste.topic_id for taste in known]),
        select(InsightTopic.topic_id).where(InsightTopic.topic_id == Topic.id).exists(),
    )
    if lists == {list_id for list_id, _ in named}:  # each of their lists names its topics
        statement = statement.where(Topic.id.in_({topic_id for _, topic_id in named}))
    return list(session.scalars(statement.order_by(Topic.name)))


@dataclass(frozen=True, slots=True)
class Learned:
    """What was learned of a topic, and from how many acts of which kind."""

    taste: Taste
    acts: dict[str, int]  # Act to number

    @property
    def effect(self) -> str:
        return "more" if self.taste.learned > 0 else "less"


def learned_of(session: Session, *, subscriber_id: int) -> list[Learned]:
    """Return what acts have taught us, strongest first, with the acts behind it."""
    acts: dict[int, dict[str, int]] = {}
    counted = session.execute(
        select(InsightTopic.topic_id, Lesson.act, func.count())
        .join(Lesson, Lesson.insight_id == InsightTopic.insight_id)
        .where(Lesson.subscriber_id == subscriber_id)
        .group_by(InsightTopic.topic_id, Lesson.act)
    )
    for topic_id, act, number in counted:
        acts.setdefault(topic_id, {})[act] = number
    tastes = tastes_of(session, subscriber_id=subscriber_id)
    moved = [taste for taste in tastes if abs(taste.learned) > NOTHING]
    moved.sort(key=lambda taste: (-abs(taste.learned), taste.name))
    return [Learned(taste, acts.get(taste.topic_id, {})) for taste in moved]
