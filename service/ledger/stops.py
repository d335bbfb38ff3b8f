"""Stops: reasons why nobody claims anything, on every machine, until a person lifts them.

One row each, asked inside the claiming statements, so that a stop holds from its commit on.
"""

import datetime as dt

from sqlalchemy import ColumnElement, String, bindparam, or_, select, update
from sqlalchemy.orm import Session

from service.db.bulk import insert_ignoring
from service.ledger.models import Stop, StoreMark
from service.log import log

STORE = "store"  # safe mode: the store is an older copy of itself
IDENTITY = "identity"
_ROUTE = "route:"
_LIST = "list:"  # too many complaints: its editions wait
LONGEST_WORKER = 80


def nothing_stops() -> ColumnElement[bool]:
    """Return the condition that neither safe mode nor a stop of the route bound as `route` stands.

    For statements that are built once; what to bind is told by `as_route`.
    """
    return ~(
        select(Stop.name)
        .where(
            or_(Stop.name == STORE, Stop.name == bindparam("route", type_=String())),
            Stop.lifted_at.is_(None),
        )
        .exists()
    )


def as_route(transport: str) -> str:
    """Return the name of a stop of this transport, as `nothing_stops` wants it."""
    return f"{_ROUTE}{transport}"


def stop_route(session: Session, transport: str, reason: str, *, by: str, now: dt.datetime) -> bool:
    """Let nobody claim for `transport` until `podbrief route open`; False when it is so already.

    For every sign that somebody may have got the same brief twice: the next thousand wait until a
    person has looked.
    """
    return enter(session, f"{_ROUTE}{transport}", reason, by=by, now=now)


def enter(session: Session, name: str, reason: str, *, by: str, now: dt.datetime) -> bool:
    """Make a stop stand from now on; a stop that stands keeps its reason and its moment."""
    found = session.get(Stop, name, populate_existing=True)
    if found is not None and found.lifted_at is None:
        return False
    values = {
        "reason": reason,
        "since": now,
        "entered_by": by[:LONGEST_WORKER],
        "lifted_at": None,
    }
    insert_ignoring(session, Stop, [{"name": name, **values}])  # several may come at once
    session.execute(
        update(Stop)
        .where(Stop.name == name, Stop.lifted_at.is_not(None))
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    log.error("sending_stopped", stop=name, reason=reason, by=by)
    return True


def lift(session: Session, name: str, *, now: dt.datetime) -> bool:
    """End a stop; False when none stood."""
    done = session.execute(
        update(Stop)
        .where(Stop.name == name, Stop.lifted_at.is_(None))
        .values(lifted_at=now)
        .execution_options(synchronize_session=False)
    )
    lifted = bool(done.rowcount)  # type: ignore[attr-defined]  # an UPDATE counts its rows
    if lifted:
        log.info("stop_lifted", stop=name)
    return lifted


def stop_list(session: Session, list_id: int, reason: str, *, by: str, now: dt.datetime) -> bool:
    """Let the editions of a list wait until `podbrief lists reopen`; False when they do."""
    return enter(session, f"{_LIST}{list_id}", reason, by=by, now=now)


def list_stop(session: Session, list_id: int) -> Stop | None:
    """Return the last stop of a list, standing or lifted; None when there never was one."""
    return session.get(Stop, f"{_LIST}{list_id}", populate_existing=True)


def lift_list(session: Session, list_id: int, *, now: dt.datetime) -> bool:
    """Let a list's editions go on; False when nothing stopped it."""
    return lift(session, f"{_LIST}{list_id}", now=now)


def open_route(session: Session, transport: str, *, now: dt.datetime) -> bool:
    """Let `transport` be used again; False when nothing stopped it."""
    return lift(session, f"{_ROUTE}{transport}", now=now)


def standing(session: Session) -> list[Stop]:
    """Return the stops that stand, by name."""
    return list(session.scalars(select(Stop).where(Stop.lifted_at.is_(None)).order_by(Stop.name)))


def safe_mode(session: Session) -> Stop | None:
    """Return the last safe mode, standing or lifted; None when there never was one."""
    return session.get(Stop, STORE, populate_existing=True)


def store_id(session: Session) -> str:
    """Return what tells this store and its copies from all others; made with the tables."""
    return session.scalar(select(StoreMark.value).where(StoreMark.name == IDENTITY)) or ""


def is_of_a_list(stop: Stop) -> bool:
    """Whether a stop holds back one list."""
    return stop.name.startswith(_LIST)


def route_of(stop: Stop) -> str | None:
    """Return the transport a stop is about; None for safe mode, or a list."""
    return stop.name.removeprefix(_ROUTE) if stop.name.startswith(_ROUTE) else None


def way_out(stop: Stop) -> str:
    """Return the command that lifts a stop."""
    if is_of_a_list(stop):
        return "podbrief lists reopen SLUG"
    route = route_of(stop)
    return "podbrief db restored" if route is None else f"podbrief route open {route}"
