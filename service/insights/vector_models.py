"""Tables of what insights are about, as numbers: who read them, and what it made of each."""

import datetime as dt

from sqlalchemy import ForeignKey, Integer, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from service.db.base import Base


class StoredModel(Base):
    """A model of text whose vectors are, or were, in the store; the latest to begin is in use."""

    __tablename__ = "text_models"
    __table_args__ = (UniqueConstraint("name", "version"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    name: Mapped[str] = mapped_column(String(40))
    version: Mapped[str] = mapped_column(String(40))
    size: Mapped[int] = mapped_column(Integer)
    in_use_since: Mapped[dt.datetime]


class InsightVector(Base):
    """What one model made of an insight: `size` halves (float16, little-endian), of length one.

    An insight has one vector. Whoever reads asks for those of the model in use: vectors of two
    models mean nothing to each other.
    """

    __tablename__ = "insight_vectors"

    insight_id: Mapped[int] = mapped_column(
        ForeignKey("insights.id", ondelete="CASCADE"), primary_key=True
    )
    model_id: Mapped[int] = mapped_column(ForeignKey("text_models.id"))
    vector: Mapped[bytes] = mapped_column(LargeBinary)
