"""find insights by podcast."""

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

INDEX = "ix_insights_podcast_id_published_at"


def upgrade() -> None:
    op.create_index(INDEX, "insights", ["podcast_id", "published_at"])


def downgrade() -> None:
    op.drop_index(INDEX, "insights")
