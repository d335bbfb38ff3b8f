"""keep lessons."""

import sqlalchemy as sa
from alembic import op

from service.db.base import BigId, UtcDateTime

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("interests", sa.Column("learned_on", sa.Date(), nullable=True))
    op.add_column(
        "interests",
        sa.Column("is_chosen", sa.Boolean(), server_default=sa.false(), nullable=False),
    )
    op.create_table(
        "lessons",
        sa.Column("subscriber_id", BigId, nullable=False),
        sa.Column("insight_id", BigId, nullable=False),
        sa.Column("act", sa.String(length=6), nullable=False),
        sa.Column("learned_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["subscriber_id"],
            ["subscribers.id"],
            name=op.f("fk_lessons_subscriber_id_subscribers"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["insight_id"],
            ["insights.id"],
            name=op.f("fk_lessons_insight_id_insights"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("subscriber_id", "insight_id", "act", name=op.f("pk_lessons")),
    )
    op.create_index(op.f("ix_lessons_insight_id"), "lessons", ["insight_id"])
    op.execute(
        "INSERT INTO lessons (subscriber_id, insight_id, act, learned_at) "
        "SELECT subscriber_id, insight_id, deed, happened_at FROM reactions"
    )


def downgrade() -> None:
    op.drop_table("lessons")
    op.drop_column("interests", "is_chosen")
    op.drop_column("interests", "learned_on")
