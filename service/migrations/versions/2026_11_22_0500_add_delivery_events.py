"""add delivery events."""

import sqlalchemy as sa
from alembic import op

from service.db.base import BigId, UtcDateTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Nullable and without a default: no row is rewritten, on either store.
    op.add_column("briefs", sa.Column("mailbox_state", sa.String(length=20), nullable=True))
    op.create_table(
        "delivery_events",
        sa.Column("id", BigId, nullable=False),
        sa.Column("provider", sa.String(length=20), nullable=False),
        sa.Column("event_key", sa.String(length=100), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("bounce", sa.String(length=10), nullable=True),
        sa.Column("origin", sa.String(length=10), nullable=True),
        sa.Column("local_date", sa.Date(), nullable=True),
        sa.Column("brief_id", BigId, nullable=True),
        sa.Column("attempt", sa.SmallInteger(), nullable=True),
        sa.Column("recipient", sa.String(length=64), nullable=True),
        sa.Column("provider_id", sa.String(length=200), nullable=True),
        sa.Column("detail", sa.String(length=300), nullable=False),
        sa.Column("happened_at", UtcDateTime(), nullable=False),
        sa.Column("received_at", UtcDateTime(), nullable=False),
        sa.Column("verdict", sa.String(length=12), nullable=False),
        sa.Column("raw", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery_events")),
        sa.UniqueConstraint(
            "provider", "event_key", name=op.f("uq_delivery_events_provider_event_key")
        ),
    )
    op.create_index(
        "ix_delivery_events_local_date_brief_id", "delivery_events", ["local_date", "brief_id"]
    )
    op.create_index("ix_delivery_events_recipient", "delivery_events", ["recipient"])


def downgrade() -> None:
    op.drop_table("delivery_events")
    op.drop_column("briefs", "mailbox_state")
