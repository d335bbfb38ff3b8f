"""make insights searchable, and remember what is related.

A full-text index beside the rows, kept by the database itself: whatever writes an insight, by COPY
or by hand, cannot forget it. No part of it is in the models: only `service.insights.matching`
reads it.
"""

import sqlalchemy as sa
from alembic import op

from service.db.base import BigId

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_WORDS = "coalesce(headline, '') || ' ' || text || ' ' || coalesce(speaker, '')"
_SQLITE = (
    (
        "CREATE VIRTUAL TABLE insight_search USING fts5(headline, text, speaker, "
        "content='insights', content_rowid='id', tokenize='porter unicode61 remove_diacritics 2')"
    ),
    "INSERT INTO insight_search(insight_search) VALUES('rebuild')",
    (
        "CREATE TRIGGER insight_search_added AFTER INSERT ON insights BEGIN "
        "INSERT INTO insight_search(rowid, headline, text, speaker) "
        "VALUES (new.id, new.headline, new.text, new.speaker); END"
    ),
    (
        "CREATE TRIGGER insight_search_gone AFTER DELETE ON insights BEGIN "
        "INSERT INTO insight_search(insight_search, rowid, headline, text, speaker) "
        "VALUES ('delete', old.id, old.headline, old.text, old.speaker); END"
    ),
    (
        "CREATE TRIGGER insight_search_changed AFTER UPDATE OF headline, text, speaker ON insights "
        "BEGIN INSERT INTO insight_search(insight_search, rowid, headline, text, speaker) "
        "VALUES ('delete', old.id, old.headline, old.text, old.speaker); "
        "INSERT INTO insight_search(rowid, headline, text, speaker) "
        "VALUES (new.id, new.headline, new.text, new.speaker); END"
    ),
)
_POSTGRESQL = (
    (
        "ALTER TABLE insights ADD COLUMN search_words tsvector "
        f"GENERATED ALWAYS AS (to_tsvector('english', {_WORDS})) STORED"
    ),
    "CREATE INDEX ix_insights_search_words ON insights USING gin (search_words)",
)


def upgrade() -> None:
    for statement in _SQLITE if op.get_bind().dialect.name == "sqlite" else _POSTGRESQL:
        op.execute(statement)
    op.create_table(
        "related_marks",
        sa.Column("insight_id", BigId, autoincrement=False, nullable=False),
        sa.Column("state", sa.SmallInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["insight_id"],
            ["insights.id"],
            name=op.f("fk_related_marks_insight_id_insights"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("insight_id", name=op.f("pk_related_marks")),
    )
    op.create_index(
        "ix_related_marks_open",
        "related_marks",
        ["insight_id"],
        postgresql_where=sa.text("state < 2"),
        sqlite_where=sa.text("state < 2"),
    )
    op.create_table(
        "related_insights",
        sa.Column("insight_id", BigId, nullable=False),
        sa.Column("rank", sa.SmallInteger(), nullable=False),
        sa.Column("other_id", BigId, nullable=False),
        sa.Column("score", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(
            ["insight_id"],
            ["insights.id"],
            name=op.f("fk_related_insights_insight_id_insights"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["other_id"],
            ["insights.id"],
            name=op.f("fk_related_insights_other_id_insights"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("insight_id", "rank", name=op.f("pk_related_insights")),
    )
    op.create_index("ix_related_insights_other_id", "related_insights", ["other_id"])
    op.execute("INSERT INTO related_marks (insight_id, state) SELECT id, 0 FROM insights")


def downgrade() -> None:
    op.drop_table("related_insights")
    op.drop_table("related_marks")
    if op.get_bind().dialect.name == "sqlite":
        for trigger in ("added", "gone", "changed"):
            op.execute(f"DROP TRIGGER insight_search_{trigger}")
        op.execute("DROP TABLE insight_search")
        return
    op.execute("DROP INDEX ix_insights_search_words")
    op.execute("ALTER TABLE insights DROP COLUMN search_words")
