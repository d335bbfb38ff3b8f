"""Tables of rendering: the template versions that were used, so that a brief can be shown again."""

import datetime as dt
from typing import Any

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from service.db.base import Base


class TemplateVersion(Base):
    """The files of an email template, as they were when an edition first used them."""

    __tablename__ = "template_versions"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    name: Mapped[str] = mapped_column(String(60))
    files: Mapped[dict[str, Any]]  # file name to content
    created_at: Mapped[dt.datetime]
