"""add insight vectors."""

import sqlalchemy as sa
from alembic import op

from service.db.base import BigId, UtcDateTime

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "text_models",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("version", sa.String(length=40), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("in_use_since", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_text_models")),
        sa.UniqueConstraint("name", "version", name=op.f("uq_text_models_name_version")),
    )
    op.create_table(
        "insight_vectors",
        sa.Column("insight_id", BigId, nullable=False),
        sa.Column("model_id", sa.Integer(), nullable=False),
        sa.Column("vector", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["insight_id"],
            ["insights.id"],
            name=op.f("fk_insight_vectors_insight_id_insights"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["model_id"], ["text_models.id"], name=op.f("fk_insight_vectors_model_id_text_models")
        ),
        sa.PrimaryKeyConstraint("insight_id", name=op.f("pk_insight_vectors")),
    )


def downgrade() -> None:
    op.drop_table("insight_vectors")
    op.drop_table("text_models")
