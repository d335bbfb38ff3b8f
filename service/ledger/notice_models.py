"""The table of notices: service mails owed to one person each."""

from enum import StrEnum
from typing import Any

from sqlalchemy import Index, SmallInteger, String, text
from sqlalchemy.orm import Mapped, mapped_column

from service.db.base import Base, BigId
from service.ledger.columns import DeliveryColumns


class NoticeKind(StrEnum):
    """What a notice is for; `templates/email/notice_<kind>` says it in words."""

    SIGN_IN = "sign_in"  # a link that signs a member of staff in; argument: sealed
    CONFIRM = "confirm"  # did you ask for this list? arguments: subscription_id, topics
    WELCOME = "welcome"  # you are on it now; arguments: subscriber_id, link_number, …
    ALREADY = "already"  # you asked for a list you are on; the same
    PREFERENCES = "preferences"  # the way to the preferences; the same
    MOVE = "move"  # is this your new address? argument: change_id
    MOVED = "moved"  # told to the old one; the same
    STILL_THERE = "still_there"  # your briefs lie unread, shall we go on? argument: subscription_id


# The recipient has just asked for these, so a complaint about briefs does not hold them back.
ANSWERS = frozenset({NoticeKind.SIGN_IN, NoticeKind.CONFIRM, NoticeKind.MOVE, NoticeKind.MOVED})


class Notice(DeliveryColumns, Base):
    """One service mail to one person, with a brief's states.

    Its Message-ID is made of `id` and the date of `created_at`, and never changes. Address and
    arguments are kept until it has ended and expired; then the sweeper blanks them.
    """

    __tablename__ = "notices"
    __table_args__ = (
        Index(
            "ix_notices_open",
            "next_at",
            postgresql_where=text("settled_at IS NULL"),
            sqlite_where=text("settled_at IS NULL"),
        ),
        Index(
            "ix_notices_to_blank",
            "expires_at",
            postgresql_where=text("recipient <> ''"),
            sqlite_where=text("recipient <> ''"),
        ),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))  # NoticeKind
    dedupe_key: Mapped[str] = mapped_column(String(120), unique=True)  # what it is owed for
    recipient: Mapped[str] = mapped_column(String(254))
    address_key: Mapped[str] = mapped_column(String(254))  # as suppressions know it
    subscriber_id: Mapped[int | None] = mapped_column(BigId)
    staff_id: Mapped[int | None] = mapped_column(BigId)
    list_id: Mapped[int | None] = mapped_column(BigId)
    arguments: Mapped[dict[str, Any]]  # ids and small values; a secret only sealed
    resent: Mapped[int] = mapped_column(SmallInteger, default=0, server_default="0")  # after doubt
