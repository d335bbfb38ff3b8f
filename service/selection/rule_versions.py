"""The rules of a list, version by version: none is ever changed, a new one takes over."""

import datetime as dt
from collections.abc import Mapping
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.errors import InputError
from service.selection.models import ChoosingRules
from service.selection.rules import Rules, read_rules

AS_SHIPPED = 0
_LONGEST_NAME = 80


class Version(NamedTuple):
    """The rules that hold for a list, and their number."""

    number: int
    rules: Rules


def rules_of(session: Session, *, list_id: int) -> Version:
    """Return the newest rules of a list; version 0 for one that never set any.

    A setting that this release no longer knows is left out: what it meant is gone.
    """
    row = _newest(session, list_id)
    if row is None:
        return Version(AS_SHIPPED, Rules())
    known = {name: row.settings[name] for name in row.settings if name in Rules.model_fields}
    return Version(row.version, read_rules(known))


def set_rules(
    session: Session,
    *,
    list_id: int,
    changes: Mapping[str, Any],
    by: str,
    now: dt.datetime,
) -> Version:
    """Set some rules of a list and keep the others; `default` puts one back as shipped.

    Returns the version that holds now: a new one, unless nothing changes. Raises `InputError`.
    """
    current = rules_of(session, list_id=list_id)
    wanted = current.rules.model_dump() | dict(changes)
    unset = {name for name, value in wanted.items() if value == "default"}
    if unknown := unset - Rules.model_fields.keys():
        read_rules(dict.fromkeys(unknown))  # names them
    rules = read_rules({name: value for name, value in wanted.items() if name not in unset})
    if rules == current.rules:
        return current
    number = current.number + 1
    session.add(
        ChoosingRules(
            list_id=list_id,
            version=number,
            settings=rules.model_dump(exclude_defaults=True),
            created_at=now,
            created_by=by[:_LONGEST_NAME],
        )
    )
    session.flush()
    return Version(number, rules)


def history_of(session: Session, *, list_id: int) -> list[ChoosingRules]:
    """Return every version of a list's rules, newest first."""
    return list(
        session.scalars(
            select(ChoosingRules)
            .where(ChoosingRules.list_id == list_id)
            .order_by(ChoosingRules.version.desc())
        )
    )


def read_changes(texts: list[str]) -> dict[str, str]:
    """Return what `key=value` texts of a command line ask for; raises `InputError`."""
    changes = {}
    for text in texts:
        name, sign, value = text.partition("=")
        if not sign or not name.strip() or not value.strip():
            raise InputError(f"--set {text}: write it as name=value, such as recency=0.8")
        changes[name.strip().replace("-", "_")] = value.strip()
    return changes


def _newest(session: Session, list_id: int) -> ChoosingRules | None:
    return session.scalar(
        select(ChoosingRules)
        .where(ChoosingRules.list_id == list_id)
        .order_by(ChoosingRules.version.desc())
        .limit(1)
    )
