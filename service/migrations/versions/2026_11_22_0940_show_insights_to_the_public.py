"""show insights to the public."""

import sqlalchemy as sa
from alembic import op

from service.db.base import BigId, UtcDateTime

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

# What stands on a public page; every commit that changes one of these tables leaves a sign.
TABLES = (
    *("insights", "insight_topics", "podcasts", "episodes", "topics"),
    *("lists", "list_topics", "edition_picks"),
)
DEEDS = ("INSERT", "UPDATE", "DELETE")

COUNT_ON = "BEGIN UPDATE content_changes SET id = id + 1; END"  # SQLite

# On PostgreSQL one row a transaction; what is a million transactions old is cleared away, a little
# at a time, and never by waiting for somebody who is doing the same.
FUNCTION = """
CREATE FUNCTION podbrief_content_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO content_changes (id) VALUES (txid_current()) ON CONFLICT DO NOTHING;
    DELETE FROM content_changes WHERE id IN (
        SELECT id FROM content_changes WHERE id < txid_current() - 1000000
        ORDER BY id LIMIT 100 FOR UPDATE SKIP LOCKED
    );
    RETURN NULL;
END $$
"""


def upgrade() -> None:
    op.add_column("insights", sa.Column("changed_at", UtcDateTime(), nullable=True))
    changes = op.create_table(
        "content_changes",
        sa.Column("id", BigId, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_content_changes")),
    )
    op.create_table(
        "edition_picks",
        sa.Column("edition_id", BigId, nullable=False),
        sa.Column("insight_id", BigId, nullable=False),
        sa.Column("place", sa.SmallInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["edition_id"],
            ["editions.id"],
            name=op.f("fk_edition_picks_edition_id_editions"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["insight_id"],
            ["insights.id"],
            name=op.f("fk_edition_picks_insight_id_insights"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("edition_id", "insight_id", name=op.f("pk_edition_picks")),
    )
    op.add_column("editions", sa.Column("summed_at", UtcDateTime(), nullable=True))
    if _on_postgresql():
        op.execute(FUNCTION)
        for table in TABLES:
            op.execute(
                f"CREATE TRIGGER tell_content_changed AFTER INSERT OR UPDATE OR DELETE ON {table} "
                "FOR EACH STATEMENT EXECUTE FUNCTION podbrief_content_changed()"
            )
        return
    op.bulk_insert(changes, [{"id": 1}])
    for table in TABLES:
        for deed in DEEDS:
            name = f"tell_{table}_{deed.lower()}"
            op.execute(f"CREATE TRIGGER {name} AFTER {deed} ON {table} {COUNT_ON}")


def downgrade() -> None:
    for table in TABLES:
        if _on_postgresql():
            op.execute(f"DROP TRIGGER tell_content_changed ON {table}")
        else:
            for deed in DEEDS:
                op.execute(f"DROP TRIGGER tell_{table}_{deed.lower()}")
    if _on_postgresql():
        op.execute("DROP FUNCTION podbrief_content_changed()")
    op.drop_column("editions", "summed_at")
    op.drop_table("edition_picks")
    op.drop_table("content_changes")
    op.drop_column("insights", "changed_at")


def _on_postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"
