"""Keep who followed our signed links: in bulk, after the page was shown, and not for ever."""

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from sqlalchemy import Integer, case, delete, func, select, tuple_
from sqlalchemy.orm import Session

from service.audience.models import Subscriber, Subscription
from service.db.bulk import insert_ignoring
from service.db.database import Database
from service.editions.models import Brief
from service.feedback.learn import learn, unlearn
from service.feedback.verdict import BURST_WITHIN, Evidence, Look, bursts, verdict_of
from service.feedback.visit_models import Verdict, Visit, VisitKind
from service.ledger.state import DeliveryState

PRUNED_AT_ONCE = 5_000
_NEEDS_LEAVE = frozenset({"source", "episode", "open.gif"})
_SOURCES = frozenset({"source", "episode"})
_BriefKey = tuple[dt.date, int]


class _Sent(NamedTuple):
    """What must be known of a brief to judge who looks at it."""

    subscriber_id: int
    accepted_at: dt.datetime | None
    may_track: bool


def keep_visits(
    session: Session, looks: Sequence[Look], *, soon: dt.timedelta, now: dt.datetime
) -> int:
    """Judge and store what was seen; return how many rows that made.

    Openings and ways to sources are kept only of those who agreed, and a human's way to a source
    is learned from.
    """
    sent = _sent(session, {look.brief for look in looks if look.brief})
    people = _people(session, looks)
    kept = []
    for look in sorted(looks, key=lambda look: look.happened_at):
        brief = sent.get(look.brief) if look.brief else None
        if look.target in _NEEDS_LEAVE and (brief is None or not brief.may_track):
            continue
        known = brief.subscriber_id if brief else look.subscriber_id
        owner = known if known in people else people.get(("s", look.subscription_id))
        kept.append((replace(look, subscriber_id=owner), brief))
    rows = [_row(look, brief, soon) for look, brief in kept]
    _mark_bursts(session, [look for look, _ in kept], rows, now=now)
    if rows:
        insert_ignoring(session, Visit, rows)
        _learn(session, rows, now=now)
    return len(rows)


def prune_visits(database: Database, *, before: dt.datetime) -> int:
    """Forget visits older than `before`; return how many went."""
    gone = 0
    while True:
        with database.transaction() as session:
            old = (
                select(Visit.id)
                .where(Visit.happened_at < before)
                .order_by(Visit.happened_at)
                .limit(PRUNED_AT_ONCE)
            )
            ids = session.scalars(old).all()
            if ids:
                session.execute(delete(Visit).where(Visit.id.in_(ids)))
        gone += len(ids)
        if len(ids) < PRUNED_AT_ONCE:
            return gone


def visit_figures(session: Session, *, since: dt.datetime) -> list[tuple[str, str, int, int]]:
    """Return kind, target, visits by humans, and by what was suspected; most by humans first."""
    human = func.sum(case((Visit.verdict == Verdict.HUMAN.value, 1), else_=0)).cast(Integer)
    rows = session.execute(
        select(Visit.kind, Visit.target, human, func.count() - human)
        .where(Visit.happened_at >= since)
        .group_by(Visit.kind, Visit.target)
        .order_by(human.desc(), Visit.kind, Visit.target)
    )
    return [(kind, target, int(humans), int(others)) for kind, target, humans, others in rows]


def _sent(session: Session, keys: set[_BriefKey]) -> dict[_BriefKey, _Sent]:
    if not keys:
        return {}
    rows = session.execute(
        select(
            Brief.local_date,
            Brief.id,
            Brief.subscriber_id,
            Brief.state,
            Brief.settled_at,
            Subscriber.may_track,
        )
        .join(Subscriber, Subscriber.id == Brief.subscriber_id)
        .where(
            Brief.local_date.in_({date for date, _ in keys}),
            tuple_(Brief.local_date, Brief.id).in_(sorted(keys)),
        )
    )
    accepted = DeliveryState.ACCEPTED.value
    return {
        (row.local_date, row.id): _Sent(
            row.subscriber_id, row.settled_at if row.state == accepted else None, row.may_track
        )
        for row in rows
    }


def _people(session: Session, looks: Sequence[Look]) -> dict[object, int]:
    """Return who is known of those the links name: by their id, and by ("s", subscription)."""
    ids = {look.subscriber_id for look in looks if look.subscriber_id}
    subscriptions = {look.subscription_id for look in looks if look.subscription_id}
    known = session.scalars(select(Subscriber.id).where(Subscriber.id.in_(ids)))
    found: dict[object, int] = {one: one for one in known}
    rows = session.execute(
        select(Subscription.id, Subscription.subscriber_id).where(
            Subscription.id.in_(subscriptions)
        )
    )
    for subscription_id, subscriber_id in rows:
        found["s", subscription_id] = subscriber_id
    return found


def _row(look: Look, brief: _Sent | None, soon: dt.timedelta) -> dict[str, object]:
    evidence = set(look.evidence)
    seconds: int | None = None
    if brief is not None:
        since = look.happened_at - (brief.accepted_at or look.happened_at)
        seconds = max(0, int(since.total_seconds()))
        if since < soon:
            evidence.add(Evidence.SOON)
    return {
        "happened_at": look.happened_at,
        "kind": look.kind,
        "target": look.target,
        "method": look.method,
        "subscriber_id": brief.subscriber_id if brief else look.subscriber_id,
        "local_date": look.brief[0] if look.brief else None,
        "brief_id": look.brief[1] if look.brief else None,
        "insight_id": look.insight_id,
        "verdict": verdict_of(look.kind, evidence).value,
        "evidence": " ".join(sorted(evidence)),
        "seconds": seconds,
        "agent": look.agent,
        "visitor": look.visitor,
    }


def _mark_bursts(
    session: Session,
    looks: Sequence[Look],
    rows: Sequence[dict[str, object]],
    *,
    now: dt.datetime,
) -> None:
    """Suspect what belongs to a burst on one person's links, what was kept before included."""
    by_person: dict[int, list[int]] = defaultdict(list)
    for place, row in enumerate(rows):
        if isinstance(row["subscriber_id"], int):
            by_person[row["subscriber_id"]].append(place)
    for subscriber_id, places in by_person.items():
        before = session.execute(
            select(Visit.id, Visit.happened_at, Visit.target, Visit.insight_id).where(
                Visit.subscriber_id == subscriber_id,
                Visit.happened_at >= looks[places[0]].happened_at - BURST_WITHIN,
            )
        ).all()
        visits = [(row.happened_at, (row.target, row.insight_id), row.id) for row in before]
        visits += [(looks[place].happened_at, looks[place].link, ~place) for place in places]
        visits.sort(key=lambda visit: visit[0])
        found = bursts([(at, link) for at, link, _ in visits])
        for own in (visits[number][2] for number in found):
            if own >= 0:  # a row that is there; those to come are named by what is below zero
                _suspect_stored(session, own, now=now)
            else:
                row = rows[~own]
                evidence = {*str(row["evidence"]).split(), Evidence.BURST.value}
                row["evidence"] = " ".join(sorted(evidence))
                row["verdict"] = Verdict.SUSPECTED.value


def _suspect_stored(session: Session, visit_id: int, *, now: dt.datetime) -> None:
    """Take back what was thought of a visit before the rest of its burst was seen."""
    visit = session.get_one(Visit, visit_id)
    if Evidence.BURST in visit.evidence.split():
        return
    if _teaches(visit.kind, visit.target, visit.verdict) and visit.subscriber_id:
        unlearn(session, visit.subscriber_id, visit.insight_id or 0, "click", now)
    visit.verdict = Verdict.SUSPECTED.value
    visit.evidence = " ".join(sorted({*visit.evidence.split(), Evidence.BURST.value}))


def _teaches(kind: object, target: object, verdict: object) -> bool:
    return kind == VisitKind.CLICK and target in _SOURCES and verdict == Verdict.HUMAN


def _learn(session: Session, rows: Sequence[dict[str, object]], *, now: dt.datetime) -> None:
    """Take a human's way to a source for what it is: a weak sign of liking."""
    for row in rows:
        if (
            _teaches(row["kind"], row["target"], row["verdict"])
            and isinstance(row["subscriber_id"], int)
            and isinstance(row["insight_id"], int)
        ):
            learn(session, row["subscriber_id"], row["insight_id"], "click", now)
