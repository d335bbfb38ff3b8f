"""Tables of the store itself."""

from sqlalchemy import Sequence, String
from sqlalchemy.orm import Mapped, mapped_column

from service.db.base import Base, BigId
from service.db.bulk import ID_BLOCK

# PostgreSQL only; see bulk.reserve_ids
BRIEF_IDS = Sequence("brief_ids", increment=ID_BLOCK, metadata=Base.metadata)


class IdBlock(Base):
    """The last id given out of a sequence, where the database has none of its own (SQLite)."""

    __tablename__ = "id_blocks"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    last: Mapped[int] = mapped_column(BigId)


class ContentChange(Base):
    """A sign that something readers of the public pages see has changed; triggers write it.

    On PostgreSQL a row for each transaction that changed something, named by its number, so that
    writers never wait for one another here; on SQLite, where they queue anyway, one row counts.
    """

    __tablename__ = "content_changes"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)
