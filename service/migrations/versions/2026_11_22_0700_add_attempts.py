"""add attempts."""

import uuid

import sqlalchemy as sa
from alembic import op

from service.db.base import BigId, UtcDateTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "attempts",
        sa.Column("local_date", sa.Date(), nullable=False),
        sa.Column("brief_id", BigId, nullable=False),
        sa.Column("attempt", sa.SmallInteger(), nullable=False),
        sa.Column("verdict", sa.String(length=12), nullable=False),
        sa.Column("wave_id", sa.String(length=32), nullable=False),
        sa.Column("stage", sa.String(length=40), nullable=False),
        sa.Column("code", sa.SmallInteger(), nullable=True),
        sa.Column("reply", sa.String(length=300), nullable=True),
        sa.Column("provider_id", sa.String(length=200), nullable=True),
        sa.Column("worker", sa.String(length=80), nullable=True),
        sa.Column("started_at", UtcDateTime(), nullable=True),
        sa.Column("ended_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint(
            "local_date", "brief_id", "attempt", "verdict", "wave_id", name=op.f("pk_attempts")
        ),
    )
    op.create_table(
        "stops",
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("since", UtcDateTime(), nullable=False),
        sa.Column("entered_by", sa.String(length=80), nullable=False),
        sa.Column("lifted_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_stops")),
    )
    marks = op.create_table(
        "store_marks",
        sa.Column("name", sa.String(length=20), nullable=False),
        sa.Column("value", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_store_marks")),
    )
    # tells this store and its copies from every other: see service/sending/safe_mode.py
    op.bulk_insert(marks, [{"name": "identity", "value": uuid.uuid4().hex}])


def downgrade() -> None:
    op.drop_table("store_marks")
    op.drop_table("stops")
    op.drop_table("attempts")
