"""let readers steer."""

import sqlalchemy as sa
from alembic import op

from service.db.base import BigId, UtcDateTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table, columns in _columns().items():
        for column in columns:
            op.add_column(table, column)
    # until now a weight was what somebody asked for, moved by their deeds; the start is kept
    op.execute("UPDATE interests SET stated = CASE WHEN weight >= 1 THEN 1.0 END")
    op.execute("UPDATE interests SET learned = weight - COALESCE(stated, 0)")
    op.create_table(
        "podcast_stances",
        sa.Column("subscriber_id", BigId, nullable=False),
        sa.Column("podcast_id", BigId, nullable=False),
        sa.Column("stance", sa.String(length=6), nullable=False),
        sa.Column("since", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["subscriber_id"],
            ["subscribers.id"],
            name=op.f("fk_podcast_stances_subscriber_id_subscribers"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["podcast_id"], ["podcasts.id"], name=op.f("fk_podcast_stances_podcast_id_podcasts")
        ),
        sa.PrimaryKeyConstraint("subscriber_id", "podcast_id", name=op.f("pk_podcast_stances")),
    )
    op.create_table(
        "speaker_stances",
        sa.Column("subscriber_id", BigId, nullable=False),
        sa.Column("speaker_key", sa.String(length=200), nullable=False),
        sa.Column("stance", sa.String(length=6), nullable=False),
        sa.Column("since", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["subscriber_id"],
            ["subscribers.id"],
            name=op.f("fk_speaker_stances_subscriber_id_subscribers"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("subscriber_id", "speaker_key", name=op.f("pk_speaker_stances")),
    )
    op.create_table(
        "reader_profiles",
        sa.Column("subscriber_id", BigId, nullable=False),
        sa.Column("model", sa.String(length=60), nullable=False),
        sa.Column("vector", sa.LargeBinary(), nullable=False),
        sa.Column("likes", sa.Float(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["subscriber_id"],
            ["subscribers.id"],
            name=op.f("fk_reader_profiles_subscriber_id_subscribers"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("subscriber_id", name=op.f("pk_reader_profiles")),
    )
    op.create_table(
        "insight_tallies",
        sa.Column("insight_id", BigId, autoincrement=False, nullable=False),
        sa.Column("shown", sa.Integer(), nullable=False),
        sa.Column("liked", sa.Integer(), nullable=False),
        sa.Column("disliked", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["insight_id"],
            ["insights.id"],
            name=op.f("fk_insight_tallies_insight_id_insights"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("insight_id", name=op.f("pk_insight_tallies")),
    )


def downgrade() -> None:
    for table in ("insight_tallies", "reader_profiles", "speaker_stances", "podcast_stances"):
        op.drop_table(table)
    for table, columns in _columns().items():
        for column in columns:
            op.drop_column(table, column.name)


def _columns() -> dict[str, list[sa.Column[object]]]:
    return {
        "lists": [
            sa.Column("is_public", sa.Boolean(), server_default=sa.true(), nullable=False),
            sa.Column("third_party_notice", sa.Text(), server_default="", nullable=False),
        ],
        "subscribers": [
            sa.Column("is_personalised", sa.Boolean(), server_default=sa.true(), nullable=False),
            sa.Column("may_track", sa.Boolean(), server_default=sa.false(), nullable=False),
            sa.Column("wants_text_only", sa.Boolean(), server_default=sa.false(), nullable=False),
        ],
        "subscriptions": [
            sa.Column("days", sa.SmallInteger(), server_default="127", nullable=False),
            sa.Column("picks", sa.SmallInteger(), nullable=True),
            sa.Column("quiet_day", sa.String(length=8), server_default="fewer", nullable=False),
            sa.Column("paused_until", sa.Date(), nullable=True),
        ],
        "interests": [
            sa.Column("stated", sa.Float(), nullable=True),
            sa.Column("learned", sa.Float(), server_default="0", nullable=False),
        ],
    }
