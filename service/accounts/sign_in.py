"""Sign staff in: a link that works once, then a session that ends by itself.

Only hashes of link and session secrets are stored: a copy of the store lets nobody in. Secrets
have 256 bits from the system's source, so a plain SHA-256 cannot be searched.
"""

import datetime as dt
import hashlib
import hmac
import secrets

from sqlalchemy import update
from sqlalchemy.orm import Session

from service.accounts.models import SignInLink, Staff, StaffSession
from service.accounts.staff import staff_called
from service.errors import ExpiredTokenError, TokenError

LINK_LASTS = dt.timedelta(minutes=15)
IDLE_LIMIT = dt.timedelta(minutes=30)
ABSOLUTE_LIMIT = dt.timedelta(hours=12)
SEEN_EVERY = dt.timedelta(minutes=1)  # a page view within this of the last one writes nothing
_SECRET_BYTES = 32


def create_link(
    session: Session, *, email: str, now: dt.datetime, good_for: dt.timedelta = LINK_LASTS
) -> str:
    """Return the secret of a link that signs this member of staff in, once.

    Raises `NotFoundError` when there is no such person.
    """
    person = staff_called(session, email=email)
    secret = secrets.token_urlsafe(_SECRET_BYTES)
    session.add(
        SignInLink(secret_hash=_hash(secret), staff_id=person.id, expires_at=now + good_for)
    )
    return secret


def check_link(session: Session, secret: str, now: dt.datetime) -> Staff:
    """Return whom a link would sign in, and leave it unused.

    Raises `TokenError` for a link that is not ours, `ExpiredTokenError` for one used or too old.
    """
    link = session.get(SignInLink, _hash(secret))
    if link is None:
        raise TokenError("this sign-in link is not one of ours, or was cut short on its way")
    if link.used_at is not None:
        raise ExpiredTokenError("this sign-in link was used already, and works only once")
    if now > link.expires_at:
        raise ExpiredTokenError("this sign-in link was good for a time that is over")
    return session.get_one(Staff, link.staff_id)


def redeem(session: Session, secret: str, now: dt.datetime) -> str:
    """Use a link up and return the secret of a new session; raises as `check_link` does."""
    person = check_link(session, secret, now)
    first = session.scalar(
        update(SignInLink)
        .where(SignInLink.secret_hash == _hash(secret), SignInLink.used_at.is_(None))
        .values(used_at=now)
        .returning(SignInLink.staff_id)
    )
    if first is None:  # another request came between the look and the deed
        raise ExpiredTokenError("this sign-in link was used already, and works only once")
    session_secret = secrets.token_urlsafe(_SECRET_BYTES)
    session.add(
        StaffSession(
            secret_hash=_hash(session_secret), staff_id=person.id, created_at=now, seen_at=now
        )
    )
    return session_secret


def signed_in(session: Session, secret: str, now: dt.datetime) -> tuple[Staff, StaffSession] | None:
    """Return who is behind a session's secret, or None when it has ended or never was."""
    found = session.get(StaffSession, _hash(secret))
    if found is None or found.ended_at is not None:
        return None
    if now - found.seen_at > IDLE_LIMIT or now - found.created_at > ABSOLUTE_LIMIT:
        return None
    return session.get_one(Staff, found.staff_id), found


def mark_seen(session: Session, secret: str, now: dt.datetime) -> None:
    """Put the idle limit off; only a session that still lives is kept alive."""
    session.execute(
        update(StaffSession)
        .where(
            StaffSession.secret_hash == _hash(secret),
            StaffSession.ended_at.is_(None),
            StaffSession.seen_at < now,
        )
        .values(seen_at=now)
    )


def sign_out(session: Session, secret: str, now: dt.datetime) -> None:
    """End one session; its cookie is worth nothing from now on."""
    session.execute(
        update(StaffSession)
        .where(StaffSession.secret_hash == _hash(secret), StaffSession.ended_at.is_(None))
        .values(ended_at=now)
    )


def sign_out_everywhere(session: Session, *, staff_id: int, now: dt.datetime) -> int:
    """End all sessions of a person and void their unused links; return how many sessions ended."""
    session.execute(
        update(SignInLink)
        .where(SignInLink.staff_id == staff_id, SignInLink.used_at.is_(None))
        .values(used_at=now)
    )
    ended = session.scalars(
        update(StaffSession)
        .where(StaffSession.staff_id == staff_id, StaffSession.ended_at.is_(None))
        .values(ended_at=now)
        .returning(StaffSession.secret_hash)
    )
    return len(ended.all())


def form_token(secret: str) -> str:
    """Return what a signed-in page puts in its forms: another site cannot know it."""
    return hmac.digest(secret.encode(), b"podbrief form", "sha256").hex()


def is_form_token(secret: str, given: str) -> bool:
    """Whether a form came from a page of this session; compared in constant time."""
    return hmac.compare_digest(form_token(secret).encode(), given.encode())


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
