"""The address of somebody's private feed: given, renewed, ended; each number is used once."""

from sqlalchemy.orm import Session

from service.audience.models import Subscriber


def renew_feed(session: Session, person: Subscriber) -> int:
    """Give a feed a new address, the first or another; the one before leads nowhere."""
    person.last_feed_number += 1
    person.feed_number = person.last_feed_number
    session.flush()
    return person.feed_number


def end_feed(session: Session, person: Subscriber) -> None:
    person.feed_number = None
    session.flush()
