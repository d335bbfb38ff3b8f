"""Limits of what strangers can have sent: budgets by the hour, and a rest for every address.

Each is one row that is changed only while it has room, in the transaction of the deed it allows.
So it holds for any number of processes, and a deed that is rolled back spends nothing.
"""

import datetime as dt
import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from ipaddress import IPv4Address, IPv6Address, ip_network

from sqlalchemy import UpdateBase, and_, bindparam, delete, or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from service.audience.sign_up_models import AskedMail, SignUpAddress, SignUpBudget
from service.errors import TooOftenError

IpAddress = IPv4Address | IPv6Address
COST_WITHOUT_PROOF = 10  # forms, where the site asks for work and got none
_HOUR = dt.timedelta(hours=1)
_DIGEST_BYTES = 16
_PURPOSE = b"podbrief sign-up"
_NOBODY = "nobody"  # a visitor who comes without an address of the net, as through a socket


class Scope(StrEnum):
    """Whose budget it is; in the order in which they are spent."""

    IP = "ip"
    SUBNET = "subnet"
    SITE = "site"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a deployment allows."""

    rest: dt.timedelta
    unanswered: int
    per_ip: int
    per_subnet: int
    per_site: int


class Gate:
    """The limits, and the key under which those they concern are told apart."""

    def __init__(self, limits: Limits, signing_key: bytes) -> None:
        self.limits = limits
        self._key = hmac.digest(signing_key, _PURPOSE, "sha256")

    def digest(self, text: str) -> str:
        """Return what stands for an address: without the key nobody can tell whose it is."""
        keyed = hashlib.blake2b(text.encode(), key=self._key, digest_size=_DIGEST_BYTES)
        return keyed.hexdigest()

    def budgets(self, ip: IpAddress | None) -> Sequence[tuple[Scope, str, int]]:
        """Return the budgets a visitor spends: scope, holder, limit."""
        return (
            (Scope.IP, self.digest(str(ip or _NOBODY)), self.limits.per_ip),
            (Scope.SUBNET, self.digest(_subnet(ip)), self.limits.per_subnet),
            (Scope.SITE, "", self.limits.per_site),
        )


def refuse_spent(
    session: Session, gate: Gate, *, ip: IpAddress | None, cost: int, now: dt.datetime
) -> None:
    """Raise `TooOftenError` when a budget has no room, before anything takes a lock for it."""
    hour = _hour_of(now)
    budgets = gate.budgets(ip)
    known = or_(
        *(
            and_(SignUpBudget.scope == scope.value, SignUpBudget.holder == holder)
            for scope, holder, _ in budgets
        )
    )
    spent = select(SignUpBudget.scope, SignUpBudget.used).where(SignUpBudget.hour == hour, known)
    used = dict(session.execute(spent).all())
    for scope, _, limit in budgets:
        if used.get(scope.value, 0) + cost > limit:
            raise _too_often(scope)


def spend(
    session: Session, gate: Gate, *, ip: IpAddress | None, cost: int, now: dt.datetime
) -> None:
    """Take `cost` from every budget of a visitor; raises `TooOftenError` when one has no room."""
    connection = session.connection()  # past the ORM, which would cost as much as the rest
    statement = _spending(session.get_bind().dialect.name)
    for scope, holder, limit in gate.budgets(ip):
        values = {"scope": scope.value, "holder": holder, "hour": _hour_of(now), "used": cost}
        room = {"cost": cost, "limit": limit}
        if cost > limit or connection.execute(statement, values | room).first() is None:
            raise _too_often(scope)


def may_mail(
    session: Session, gate: Gate, *, kind: AskedMail, address_key: str, now: dt.datetime
) -> bool:
    """Take the turn of an address to be mailed; False while it rests, or never answered.

    Only confirmations are counted for ever: whoever can be sent the way to their preferences has
    confirmed before.
    """
    statement = _turn(session.get_bind().dialect.name, kind)
    values = {
        "kind": kind.value,
        "address": gate.digest(address_key),
        "mailed_at": now,
        "unanswered": 1,
        "rested_since": now - gate.limits.rest,
        "most": gate.limits.unanswered,
    }
    return session.connection().execute(statement, values).first() is not None


def note_answer(session: Session, gate: Gate, *, address_key: str) -> None:
    """Forget what was counted against an address: its owner has answered."""
    session.execute(
        delete(SignUpAddress).where(
            SignUpAddress.kind == AskedMail.CONFIRM.value,
            SignUpAddress.address == gate.digest(address_key),
        )
    )


def _too_often(scope: Scope) -> TooOftenError:
    whose = {
        Scope.IP: "from your connection",
        Scope.SUBNET: "from your network",
        Scope.SITE: "from everywhere together",
    }
    return TooOftenError(f"too many forms came {whose[scope]} within this hour")


@cache  # both are built once: building them costs more than running them
def _spending(dialect: str) -> UpdateBase:
    return (
        _insert(dialect)(SignUpBudget)
        .values({name: bindparam(name) for name in ("scope", "holder", "hour", "used")})
        .on_conflict_do_update(
            index_elements=["scope", "holder", "hour"],
            set_={"used": SignUpBudget.used + bindparam("cost")},
            where=SignUpBudget.used + bindparam("cost") <= bindparam("limit"),
        )
        .returning(SignUpBudget.used)
    )


@cache
def _turn(dialect: str, kind: AskedMail) -> UpdateBase:
    rested = SignUpAddress.mailed_at <= bindparam("rested_since")
    answers = SignUpAddress.unanswered < bindparam("most")
    return (
        _insert(dialect)(SignUpAddress)
        .values({name: bindparam(name) for name in ("kind", "address", "mailed_at", "unanswered")})
        .on_conflict_do_update(
            index_elements=["kind", "address"],
            set_={
                "mailed_at": bindparam("mailed_at"),
                "unanswered": SignUpAddress.unanswered + 1,
            },
            where=and_(rested, answers) if kind is AskedMail.CONFIRM else rested,
        )
        .returning(SignUpAddress.unanswered)
    )


def _insert(dialect: str) -> type[postgresql.Insert] | type[sqlite.Insert]:
    return postgresql.Insert if dialect == "postgresql" else sqlite.Insert


def _hour_of(now: dt.datetime) -> dt.datetime:
    return dt.datetime.fromtimestamp(now.timestamp() // _HOUR.seconds * _HOUR.seconds, tz=dt.UTC)


def _subnet(ip: IpAddress | None) -> str:
    if ip is None:
        return _NOBODY
    return str(ip_network((ip, 24 if ip.version == 4 else 64), strict=False))  # noqa: PLR2004
