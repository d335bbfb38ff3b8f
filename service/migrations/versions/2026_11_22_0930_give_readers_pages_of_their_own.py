"""give readers pages of their own."""

import sqlalchemy as sa
from alembic import op

from service.db.base import BigId, UtcDateTime

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for column in _columns():
        op.add_column("subscribers", column)
    paused = sa.text("paused_until IS NOT NULL")
    op.create_index(
        "ix_subscriptions_paused_until",
        "subscriptions",
        ["paused_until"],
        postgresql_where=paused,
        sqlite_where=paused,
    )
    op.create_table(
        "address_changes",
        sa.Column("id", BigId, nullable=False),
        sa.Column("subscriber_id", BigId, nullable=False),
        sa.Column("new_email", sa.String(length=254), nullable=False),
        sa.Column("old_email", sa.String(length=254), nullable=True),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("done_at", UtcDateTime(), nullable=True),
        sa.Column("taken_back_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["subscriber_id"],
            ["subscribers.id"],
            name=op.f("fk_address_changes_subscriber_id_subscribers"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_address_changes")),
    )
    op.create_index("ix_address_changes_subscriber_id", "address_changes", ["subscriber_id"])
    op.create_table(
        "erased_addresses",
        sa.Column("mark", sa.String(length=64), nullable=False),
        sa.Column("erased_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("mark", name=op.f("pk_erased_addresses")),
    )
    op.create_table(
        "erasures",
        sa.Column("subscriber_id", BigId, autoincrement=False, nullable=False),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("resumes", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["subscriber_id"],
            ["subscribers.id"],
            name=op.f("fk_erasures_subscriber_id_subscribers"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("subscriber_id", name=op.f("pk_erasures")),
    )


def downgrade() -> None:
    for table in ("erasures", "erased_addresses", "address_changes"):
        op.drop_table(table)
    op.drop_index("ix_subscriptions_paused_until", "subscriptions")
    for column in _columns():
        op.drop_column("subscribers", column.name)


def _columns() -> list[sa.Column[object]]:
    return [
        sa.Column("link_number", sa.Integer(), server_default="0", nullable=False),
        sa.Column("feed_number", sa.Integer(), nullable=True),
        sa.Column("last_feed_number", sa.Integer(), server_default="0", nullable=False),
    ]
