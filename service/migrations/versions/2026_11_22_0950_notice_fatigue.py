"""notice fatigue."""

import sqlalchemy as sa
from alembic import op

from service.db.base import BigId, UtcDateTime

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for column in _of_lists():
        op.add_column("lists", column)
    op.create_table(
        "reader_activity",
        sa.Column("subscriber_id", BigId, autoincrement=False, nullable=False),
        sa.Column("acted_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["subscriber_id"],
            ["subscribers.id"],
            name=op.f("fk_reader_activity_subscriber_id_subscribers"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("subscriber_id", name=op.f("pk_reader_activity")),
    )
    op.create_table(
        "fatigue",
        sa.Column("subscription_id", BigId, autoincrement=False, nullable=False),
        sa.Column("stage", sa.String(length=10), nullable=False),
        sa.Column("since", UtcDateTime(), nullable=False),
        sa.Column("frequency_before", sa.String(length=10), nullable=True),
        sa.Column("note_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["subscription_id"],
            ["subscriptions.id"],
            name=op.f("fk_fatigue_subscription_id_subscriptions"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("subscription_id", name=op.f("pk_fatigue")),
    )
    op.create_index(op.f("ix_fatigue_stage"), "fatigue", ["stage", "since"])
    op.create_index(
        "ix_delivery_events_complained",
        "delivery_events",
        ["local_date"],
        postgresql_where=sa.text("kind = 'complained'"),
        sqlite_where=sa.text("kind = 'complained'"),
    )
    op.execute(
        "INSERT INTO reader_activity (subscriber_id, acted_at) "
        "SELECT subscriber_id, MAX(happened_at) FROM reactions GROUP BY subscriber_id"
    )


def downgrade() -> None:
    op.drop_index("ix_delivery_events_complained", "delivery_events")
    op.drop_table("fatigue")
    op.drop_table("reader_activity")
    for column in _of_lists():
        op.drop_column("lists", column.name)


def _of_lists() -> list[sa.Column[object]]:
    return [
        sa.Column("fatigue_briefs", sa.SmallInteger(), server_default="10", nullable=False),
        sa.Column("ended_after_days", sa.SmallInteger(), nullable=True),
        sa.Column("complaint_share", sa.Float(), server_default="0.003", nullable=False),
    ]
