"""The people who may sign in to the admin, by their address."""

import datetime as dt

from email_validator import EmailNotValidError, validate_email
from sqlalchemy import select
from sqlalchemy.orm import Session

from service.accounts.models import Staff
from service.errors import ConflictError, InputError, NotFoundError

LONGEST_NAME = 120


def create_staff(session: Session, *, email: str, name: str, now: dt.datetime) -> Staff:
    """Let somebody sign in.

    Raises `InputError` for an address or a name that cannot be, `ConflictError` when they are
    staff already.
    """
    address = staff_address(email)
    if session.scalar(select(Staff.id).where(Staff.email == address)) is not None:
        raise ConflictError(f"{address} is staff already: `podbrief staff link` makes a way in")
    if not name.isprintable() or len(name) > LONGEST_NAME:
        raise InputError(f"the name must be at most {LONGEST_NAME} printable characters")
    person = Staff(email=address, name=name.strip(), created_at=now)
    session.add(person)
    session.flush()
    return person


def staff_called(session: Session, *, email: str) -> Staff:
    """Return the member of staff with this address, or raise `NotFoundError`."""
    address = staff_address(email)
    person = session.scalar(select(Staff).where(Staff.email == address))
    if person is None:
        raise NotFoundError(f"{address} is not staff: `podbrief staff create {address}` first")
    return person


def staff_address(email: str) -> str:
    """Return the one spelling of an address; staff sign in with whatever case they type."""
    try:
        checked = validate_email(email.strip(), check_deliverability=False, test_environment=True)
    except EmailNotValidError as error:
        raise InputError(f"{email.strip()!r} is not an address: {error}") from error
    return checked.normalized.lower()
