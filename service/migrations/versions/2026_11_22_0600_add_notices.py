"""add notices."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from service.db.base import BigId, Json, UtcDateTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

ONLY_BRIEFS_HAVE: dict[str, sa.types.TypeEngine[Any]] = {
    "batch_id": BigId,
    "edition_id": BigId,
    "local_date": sa.Date(),
}


def upgrade() -> None:
    op.create_table(
        "notices",
        sa.Column("id", BigId, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("dedupe_key", sa.String(length=120), nullable=False),
        sa.Column("recipient", sa.String(length=254), nullable=False),
        sa.Column("address_key", sa.String(length=254), nullable=False),
        sa.Column("subscriber_id", BigId, nullable=True),
        sa.Column("staff_id", BigId, nullable=True),
        sa.Column("list_id", BigId, nullable=True),
        sa.Column("arguments", Json, nullable=False),
        sa.Column("resent", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=True),
        sa.Column("attempt", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("wave_id", sa.String(length=32), nullable=True),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("next_at", UtcDateTime(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("settled_at", UtcDateTime(), nullable=True),
        sa.Column("transport", sa.String(length=40), nullable=True),
        sa.Column("provider_id", sa.String(length=200), nullable=True),
        sa.Column("code", sa.SmallInteger(), nullable=True),
        sa.Column("reply", sa.String(length=300), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notices")),
        sa.UniqueConstraint("dedupe_key", name=op.f("uq_notices_dedupe_key")),
    )
    for name, column, where in (
        ("ix_notices_open", "next_at", "settled_at IS NULL"),
        ("ix_notices_to_blank", "expires_at", "recipient <> ''"),
    ):
        op.create_index(
            name,
            "notices",
            [column],
            postgresql_where=sa.text(where),
            sqlite_where=sa.text(where),
        )
    with op.batch_alter_table("waves") as waves:
        for name, kind in ONLY_BRIEFS_HAVE.items():
            waves.alter_column(name, existing_type=kind, nullable=True)


def downgrade() -> None:
    op.execute("DELETE FROM waves WHERE batch_id IS NULL")
    with op.batch_alter_table("waves") as waves:
        for name, kind in ONLY_BRIEFS_HAVE.items():
            waves.alter_column(name, existing_type=kind, nullable=False)
    op.drop_table("notices")
