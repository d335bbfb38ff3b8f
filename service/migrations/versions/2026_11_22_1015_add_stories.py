"""add stories."""

import sqlalchemy as sa
from alembic import op

from service.db.base import BigId, UtcDateTime

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("insights", sa.Column("thread_id", BigId, nullable=True))
    op.create_index("ix_insights_thread_id", "insights", ["thread_id"])
    op.create_table(
        "insight_terms",
        sa.Column("term", sa.Integer(), nullable=False),
        sa.Column("insight_id", BigId, nullable=False),
        sa.PrimaryKeyConstraint("term", "insight_id", name=op.f("pk_insight_terms")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "story_links",
        sa.Column("insight_id", BigId, nullable=False),
        sa.Column("other_id", BigId, nullable=False),
        sa.Column("reason", sa.String(length=12), nullable=False),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("by", sa.String(length=80), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["insight_id"],
            ["insights.id"],
            name=op.f("fk_story_links_insight_id_insights"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("insight_id", name=op.f("pk_story_links")),
    )
    op.create_table(
        "story_partings",
        sa.Column("one_id", BigId, nullable=False),
        sa.Column("other_id", BigId, nullable=False),
        sa.Column("by", sa.String(length=80), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["one_id"],
            ["insights.id"],
            name=op.f("fk_story_partings_one_id_insights"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["other_id"],
            ["insights.id"],
            name=op.f("fk_story_partings_other_id_insights"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("one_id", "other_id", name=op.f("pk_story_partings")),
    )
    op.create_table(
        "story_heritage",
        sa.Column("id", BigId, nullable=False),
        sa.Column("story_id", BigId, nullable=False),
        sa.Column("from_story_id", BigId, nullable=False),
        sa.Column("insight_id", BigId, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_story_heritage")),
    )
    op.create_index("ix_story_heritage_story_id", "story_heritage", ["story_id"])


def downgrade() -> None:
    op.drop_table("story_heritage")
    op.drop_table("story_partings")
    op.drop_table("story_links")
    op.drop_table("insight_terms")
    op.drop_index("ix_insights_thread_id", "insights")
    op.drop_column("insights", "thread_id")
