"""Compare three ledgers: who was expected, what the store says, what the mail server took."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import select

from service.audience.models import Subscriber
from service.db.database import Database
from service.editions.equation import equation_of
from service.editions.models import Brief, Edition
from service.ledger.state import DeliveryState

MAY_HAVE_ARRIVED = {DeliveryState.IN_DOUBT.value, DeliveryState.UNKNOWN.value}
STILL_OPEN = {
    DeliveryState.PLANNED.value,
    DeliveryState.SENDING.value,
    DeliveryState.DEFERRED.value,
}
REFUSED = 500  # a reply that refuses for good
_MESSAGE_ID = re.compile(r"<b\.(\d+)\.\d{8}@")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What the store says of one brief."""

    brief_id: int
    recipient: str
    state: str
    reason: str | None = None
    code: int | None = None


@dataclass(frozen=True, slots=True)
class Taken:
    """One line of the truth: whom the mail server took a message for, and which."""

    recipient: str
    brief_id: int


@dataclass(slots=True)
class Findings:
    """What an audit came to."""

    states: dict[str, int] = field(default_factory=dict)
    lost: int = 0
    duplicates: int = 0
    wrong: int = 0  # taken, and the store says that it was not sent
    equation_holds: bool = True
    doubts: dict[str, int] = field(default_factory=dict)  # by reason
    faults: list[str] = field(default_factory=list)  # a sentence for each, the first few

    @property
    def in_doubt(self) -> int:
        return self.states.get(DeliveryState.IN_DOUBT, 0)

    @property
    def unknown(self) -> int:
        return self.states.get(DeliveryState.UNKNOWN, 0)


def audit(expected: Sequence[str], rows: Sequence[Row], truth: Sequence[Taken]) -> Findings:
    """Judge every person by all three ledgers."""
    findings = Findings(states=dict(Counter(row.state for row in rows)))
    findings.doubts = dict(
        Counter(str(row.reason) for row in rows if row.state in MAY_HAVE_ARRIVED)
    )
    copies = Counter(taken.brief_id for taken in truth)
    for row in rows:
        _judge(row, copies[row.brief_id], findings)
    _judge_truth(rows, truth, findings)
    by_recipient = Counter(row.recipient for row in rows)
    for person in expected:
        if by_recipient[person] != 1:
            findings.lost += by_recipient[person] == 0
            findings.faults.append(f"{person} has {by_recipient[person]} rows instead of one")
    return findings


def _judge(row: Row, copies: int, findings: Findings) -> None:
    what = f"brief {row.brief_id} of {row.recipient} is {row.state} ({row.reason})"
    if copies > 1:
        findings.duplicates += copies - 1
        findings.faults.append(f"{what} and was taken {copies} times")
    elif row.state == DeliveryState.ACCEPTED:
        if copies != 1:
            findings.lost += 1
            findings.faults.append(f"{what} and was never taken")
    elif row.state in MAY_HAVE_ARRIVED:
        if row.reason is None and row.state == DeliveryState.IN_DOUBT:
            findings.faults.append(f"{what} without a reason")
    elif copies:
        findings.wrong += 1
        findings.faults.append(f"{what} and was taken")
    elif row.state in STILL_OPEN:
        findings.lost += 1
        findings.faults.append(f"{what} when all should have ended")
    elif row.state != DeliveryState.FAILED or (row.code or 0) < REFUSED:
        findings.lost += 1
        findings.faults.append(f"{what}, which nobody asked for")


def _judge_truth(rows: Sequence[Row], truth: Sequence[Taken], findings: Findings) -> None:
    known: Mapping[int, str] = {row.brief_id: row.recipient for row in rows}
    for taken in truth:
        if known.get(taken.brief_id) != taken.recipient:
            findings.faults.append(
                f"{taken.recipient} was sent brief {taken.brief_id}, which is not theirs"
            )
    for person, copies in Counter(taken.recipient for taken in truth).items():
        if copies > 1 and len({t.brief_id for t in truth if t.recipient == person}) > 1:
            findings.duplicates += copies - 1
            findings.faults.append(f"{person} was sent {copies} different messages")


def rows_of(database: Database) -> list[Row]:
    with database.reading() as session:
        found = session.execute(
            select(Brief.id, Subscriber.email, Brief.state, Brief.reason, Brief.code).join(
                Subscriber, Subscriber.id == Brief.subscriber_id
            )
        )
        return [
            Row(brief_id=number, recipient=email, state=state, reason=reason, code=code)
            for number, email, state, reason, code in found
        ]


def truth_of(path: Path) -> list[Taken]:
    """Read the truth file; every line is whole, since it was written before the answer."""
    taken = []
    for line in path.read_text("utf-8").splitlines() if path.exists() else ():
        recipient, _, field_line = line.partition("\t")
        found = _MESSAGE_ID.search(field_line)
        taken.append(Taken(recipient, int(found[1]) if found else -1))
    return taken


def equation_holds(database: Database) -> bool:
    """Whether every edition's equation holds, and is about everybody it should be about."""
    with database.reading() as session:
        return all(
            equation_of(session, edition_id=edition_id).holds
            for edition_id in session.scalars(select(Edition.id))
        )
