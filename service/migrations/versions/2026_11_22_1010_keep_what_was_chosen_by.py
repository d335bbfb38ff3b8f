"""keep what was chosen by."""

import sqlalchemy as sa
from alembic import op

from service.db.base import BigId, Json, UtcDateTime

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("ticks", sa.Column("choice_page_id", BigId, nullable=True))
    op.create_table(
        "choosing_rules",
        sa.Column("list_id", BigId, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("settings", Json, nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("created_by", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(
            ["list_id"],
            ["lists.id"],
            name=op.f("fk_choosing_rules_list_id_lists"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("list_id", "version", name=op.f("pk_choosing_rules")),
    )
    op.create_table(
        "candidate_sets",
        sa.Column("id", BigId, nullable=False),
        sa.Column("list_id", BigId, nullable=False),
        sa.Column("as_of", UtcDateTime(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.Column("keep_until", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["list_id"],
            ["lists.id"],
            name=op.f("fk_candidate_sets_list_id_lists"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_candidate_sets")),
    )
    op.create_index("ix_candidate_sets_keep_until", "candidate_sets", ["keep_until"])
    op.create_table(
        "choice_pages",
        sa.Column("id", BigId, nullable=False),
        sa.Column("rules_version", sa.Integer(), nullable=False),
        sa.Column("seed", BigId, nullable=False),
        sa.Column("candidate_set_id", BigId, nullable=False),
        sa.Column("readers", sa.LargeBinary(), nullable=True),
        sa.Column("tops", sa.LargeBinary(), nullable=False),
        sa.Column("keep_until", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_choice_pages")),
    )
    op.create_index("ix_choice_pages_keep_until", "choice_pages", ["keep_until"])
    if op.get_bind().dialect.name == "postgresql":
        # numbers hardly shrink, and trying to costs more than writing them
        for column in ("readers", "tops"):
            op.execute(f"ALTER TABLE choice_pages ALTER COLUMN {column} SET STORAGE EXTERNAL")


def downgrade() -> None:
    for table in ("choice_pages", "candidate_sets", "choosing_rules"):
        op.drop_table(table)
    op.drop_column("ticks", "choice_page_id")
