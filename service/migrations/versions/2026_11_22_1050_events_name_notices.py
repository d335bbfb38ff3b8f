"""events name notices."""

import sqlalchemy as sa
from alembic import op

from service.db.base import BigId

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

INDEX = "ix_delivery_events_notice_id"


def upgrade() -> None:
    op.add_column("delivery_events", sa.Column("notice_id", BigId, nullable=True))
    is_named = sa.text("notice_id IS NOT NULL")
    op.create_index(
        INDEX, "delivery_events", ["notice_id"], postgresql_where=is_named, sqlite_where=is_named
    )


def downgrade() -> None:
    op.drop_index(INDEX, "delivery_events")
    op.drop_column("delivery_events", "notice_id")
