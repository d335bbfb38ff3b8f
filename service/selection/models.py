"""Tables of choosing: what each list set, and what briefs were chosen by."""

import datetime as dt
from typing import Any

from sqlalchemy import ForeignKey, Index, Integer, LargeBinary, PrimaryKeyConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from service.db.base import Base, BigId


class ChoosingRules(Base):
    """What a list set of how its briefs are chosen, from this version on; none is ever changed.

    A list without a row is at version 0: the rules as shipped.
    """

    __tablename__ = "choosing_rules"
    __table_args__ = (PrimaryKeyConstraint("list_id", "version"),)

    list_id: Mapped[int] = mapped_column(ForeignKey("lists.id", ondelete="CASCADE"))
    version: Mapped[int] = mapped_column(Integer)
    settings: Mapped[dict[str, Any]]  # only what differs from the rules as shipped
    created_at: Mapped[dt.datetime]
    created_by: Mapped[str] = mapped_column(String(80))


class CandidateSet(Base):
    """What one tick of a list chose from; `data` is a `service.selection.pack`, compressed."""

    __tablename__ = "candidate_sets"
    __table_args__ = (Index("ix_candidate_sets_keep_until", "keep_until"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    list_id: Mapped[int] = mapped_column(ForeignKey("lists.id", ondelete="CASCADE"))
    as_of: Mapped[dt.datetime]
    data: Mapped[bytes] = mapped_column(LargeBinary)
    keep_until: Mapped[dt.datetime]


class ChoicePage(Base):
    """What a page of readers was chosen by: a few hundred bytes a reader, one row a page.

    `readers` is what replay needs, and is taken away after a while; `tops`, the picks and the ten
    after them with the parts of their scores, stays as long as the briefs.
    """

    __tablename__ = "choice_pages"
    __table_args__ = (Index("ix_choice_pages_keep_until", "keep_until"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    rules_version: Mapped[int] = mapped_column(Integer)
    seed: Mapped[int] = mapped_column(BigId)
    candidate_set_id: Mapped[int] = mapped_column(BigId)  # no foreign key: the set goes before
    readers: Mapped[bytes | None] = mapped_column(LargeBinary)
    tops: Mapped[bytes] = mapped_column(LargeBinary)
    keep_until: Mapped[dt.datetime | None]  # None once `readers` is gone
