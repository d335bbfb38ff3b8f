"""The lists that have public pages, and which of them suits a page about something."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.audience.models import ListTopic, NewsletterList
from service.errors import NotFoundError


@dataclass(frozen=True, slots=True)
class PublicList:
    """A list with what it is about; no topics: everything."""

    list: NewsletterList
    topic_ids: frozenset[int]


def public_lists(session: Session) -> list[PublicList]:
    """Return the lists strangers may see, by name."""
    lists = session.scalars(
        select(NewsletterList).where(NewsletterList.is_public).order_by(NewsletterList.name)
    ).all()
    topics: dict[int, set[int]] = {}
    for list_id, topic_id in session.execute(select(ListTopic.list_id, ListTopic.topic_id)):
        topics.setdefault(list_id, set()).add(topic_id)
    return [PublicList(one, frozenset(topics.get(one.id, ()))) for one in lists]


def public_list(session: Session, *, slug: str) -> PublicList:
    """Return a list strangers may see; raises `NotFoundError` for every other."""
    found = next((one for one in public_lists(session) if one.list.slug == slug), None)
    if found is None:
        raise NotFoundError("there is no such list")
    return found


def best_suited(
    lists: Sequence[PublicList], *, topic_ids: Collection[int] = (), language: str = ""
) -> PublicList | None:
    """Return the list to offer beside something on these topics: the one nearest to it."""

    def fit(one: PublicList) -> tuple[bool, int, bool]:
        shared = len(one.topic_ids & set(topic_ids))
        return one.list.language == language, shared, not one.topic_ids

    return max(lists, key=fit, default=None)  # of equal ones the first, which is by name
