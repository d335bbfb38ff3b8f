"""note visits."""

import sqlalchemy as sa
from alembic import op

from service.db.base import BigId, UtcDateTime

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "visits",
        sa.Column("id", BigId, nullable=False),
        sa.Column("happened_at", UtcDateTime(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("target", sa.String(length=20), nullable=False),
        sa.Column("method", sa.String(length=8), nullable=False),
        sa.Column("subscriber_id", BigId, nullable=True),
        sa.Column("local_date", sa.Date(), nullable=True),
        sa.Column("brief_id", BigId, nullable=True),
        sa.Column("insight_id", BigId, nullable=True),
        sa.Column("verdict", sa.String(length=10), nullable=False),
        sa.Column("evidence", sa.String(length=60), nullable=False),
        sa.Column("seconds", sa.Integer(), nullable=True),
        sa.Column("agent", sa.String(length=200), nullable=False),
        sa.Column("visitor", sa.String(length=32), nullable=True),
        sa.ForeignKeyConstraint(
            ["subscriber_id"],
            ["subscribers.id"],
            name=op.f("fk_visits_subscriber_id_subscribers"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visits")),
    )
    op.create_index("ix_visits_local_date_brief_id", "visits", ["local_date", "brief_id"])
    op.create_index("ix_visits_subscriber_id", "visits", ["subscriber_id"])
    op.create_index("ix_visits_happened_at", "visits", ["happened_at"])
    op.create_table(
        "departures",
        sa.Column("subscription_id", BigId, nullable=False),
        sa.Column("reason", sa.String(length=12), nullable=False),
        sa.Column("words", sa.String(length=500), nullable=False),
        sa.Column("brief_id", BigId, nullable=True),
        sa.Column("local_date", sa.Date(), nullable=True),
        sa.Column("happened_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["subscription_id"],
            ["subscriptions.id"],
            name=op.f("fk_departures_subscription_id_subscriptions"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("subscription_id", name=op.f("pk_departures")),
    )


def downgrade() -> None:
    op.drop_table("departures")
    op.drop_table("visits")
