"""What a sender holds: a batch of briefs, or notices; all that tells the one from the other."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from sqlalchemy import BigInteger, ColumnElement, Date, Select, bindparam, select

from service.audience.models import Subscriber
from service.editions.models import Brief
from service.ledger.models import Wave
from service.ledger.notice_models import Notice

Conditions = Sequence[ColumnElement[bool]]


def rows_of_batch(brief: type[Brief]) -> Conditions:
    """Return where the rows of a batch are, for a statement that is built once."""
    return (
        brief.local_date == bindparam("of_date", type_=Date()),
        brief.edition_id == bindparam("of_edition", type_=BigInteger()),
        brief.batch_id == bindparam("of_batch", type_=BigInteger()),
    )


def in_partition(table: type[Brief] | type[Notice]) -> Conditions:
    """Return what an id must be joined by to be found at once, for a statement built once."""
    return (Brief.local_date == bindparam("of_date", type_=Date()),) if table is Brief else ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """A batch in our hands, until its fence is raised by somebody else."""

    kind: ClassVar[str] = "brief"  # of its attempts in the journal
    table: ClassVar[type[Brief]] = Brief

    batch_id: int
    edition_id: int
    local_date: dt.date
    owner: str
    fence: int

    def rows(self) -> Conditions:
        """Return where its rows are."""
        return (
            Brief.local_date == self.local_date,
            Brief.edition_id == self.edition_id,
            Brief.batch_id == self.batch_id,
        )

    def values(self) -> dict[str, Any]:
        """Return what a statement with `rows_of_batch` is to be bound to."""
        return {
            "of_date": self.local_date,
            "of_edition": self.edition_id,
            "of_batch": self.batch_id,
        }

    def partition(self) -> Conditions:
        """Return what an id must be joined by to be found at once."""
        return (Brief.local_date == self.local_date,)

    def partition_values(self) -> dict[str, Any]:
        """Return what a statement with `in_partition` is to be bound to."""
        return {"of_date": self.local_date}

    def addresses(self, ids: Sequence[int]) -> Select[int, str]:
        """Select `id` and `address_key` of these of its rows."""
        return (
            select(Brief.id, Subscriber.address_key)
            .join(Subscriber, Subscriber.id == Brief.subscriber_id)
            .where(*self.partition(), Brief.id.in_(ids))
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeLease:
    """Notices are held by nothing but their wave: each wave takes the next few that are due."""

    kind: ClassVar[str] = "notice"
    table: ClassVar[type[Notice]] = Notice

    owner: str

    def rows(self) -> Conditions:
        return (Notice.settled_at.is_(None),)  # the open ones are few, and have an index

    def partition_values(self) -> dict[str, Any]:
        return {}

    def addresses(self, ids: Sequence[int]) -> Select[int, str]:
        return select(Notice.id, Notice.address_key).where(Notice.id.in_(ids))


AnyLease = Lease | NoticeLease


def lease_of(wave: Wave) -> AnyLease:
    """Return what its worker held when it marked the wave."""
    if wave.batch_id is None or wave.edition_id is None or wave.local_date is None:
        return NoticeLease(owner=wave.worker)
    return Lease(
        batch_id=wave.batch_id,
        edition_id=wave.edition_id,
        local_date=wave.local_date,
        owner=wave.worker,
        fence=0,
    )
