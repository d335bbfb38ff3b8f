"""Tables of sign-up: what was spent of its budgets, who was mailed, and the words of consent.

Addresses stand here only as keyed digests: of somebody who never answered nothing else is kept.
"""

import datetime as dt
from enum import StrEnum

from sqlalchemy import Index, SmallInteger, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from service.db.base import Base


class AskedMail(StrEnum):
    """Mails that anybody can have sent to an address; each is limited on its own."""

    CONFIRM = "confirm"  # did you ask for this list?
    MOVE = "move"  # is this your new address?
    LINK = "link"  # the way to the preferences, asked for or because they are on the list


class SignUpBudget(Base):
    """How much of an hour's budget one holder has spent: an address of the net, or everybody."""

    __tablename__ = "sign_up_budgets"
    __table_args__ = (Index("ix_sign_up_budgets_hour", "hour"),)

    scope: Mapped[str] = mapped_column(String(8), primary_key=True)  # Scope of sign_up_limits
    holder: Mapped[str] = mapped_column(String(32), primary_key=True)  # keyed digest
    hour: Mapped[dt.datetime] = mapped_column(primary_key=True)
    used: Mapped[int]


class SignUpAddress(Base):
    """When an address was last mailed on somebody's word, and how often without an answer."""

    __tablename__ = "sign_up_addresses"

    kind: Mapped[str] = mapped_column(String(8), primary_key=True)  # AskedMail
    address: Mapped[str] = mapped_column(String(32), primary_key=True)  # keyed digest
    mailed_at: Mapped[dt.datetime]
    unanswered: Mapped[int] = mapped_column(SmallInteger)


class ConsentText(Base):
    """A sentence people agreed to, kept as it was shown."""

    __tablename__ = "consent_texts"

    version: Mapped[str] = mapped_column(String(12), primary_key=True)  # digest of the other two
    language: Mapped[str] = mapped_column(String(12))
    text: Mapped[str] = mapped_column(Text)
    first_shown_at: Mapped[dt.datetime]
