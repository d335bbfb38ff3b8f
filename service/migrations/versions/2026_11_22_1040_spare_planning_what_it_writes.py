"""spare planning what it writes.

A brief is found by its number first, so that no statement takes the rows of a date for a handful;
its picks are kept as the text they come as; and one index of subscriptions does what two did.
"""

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

SUBSCRIPTIONS = "uq_subscriptions_{}_{}"


def upgrade() -> None:
    _change_briefs(key=["id", "local_date"], picks="json")
    _change_unique(before=["list_id", "subscriber_id"], after=["subscriber_id", "list_id"])
    op.drop_index("ix_subscriptions_subscriber_id", "subscriptions")


def downgrade() -> None:
    op.create_index("ix_subscriptions_subscriber_id", "subscriptions", ["subscriber_id"])
    _change_unique(before=["subscriber_id", "list_id"], after=["list_id", "subscriber_id"])
    _change_briefs(key=["local_date", "id"], picks="jsonb")


def _change_briefs(*, key: list[str], picks: str) -> None:
    """Change all in one statement, since each of them alone would write every partition anew."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "ALTER TABLE briefs DROP CONSTRAINT pk_briefs, "
            f"ALTER COLUMN picks TYPE {picks} USING picks::{picks}, "
            f"ADD CONSTRAINT pk_briefs PRIMARY KEY ({', '.join(key)})"
        )
        return
    with op.batch_alter_table("briefs", recreate="always") as batch:
        batch.drop_constraint("pk_briefs", type_="primary")
        batch.create_primary_key("pk_briefs", key)


def _change_unique(*, before: list[str], after: list[str]) -> None:
    with op.batch_alter_table("subscriptions") as batch:
        batch.drop_constraint(SUBSCRIPTIONS.format(*before), type_="unique")
        batch.create_unique_constraint(SUBSCRIPTIONS.format(*after), after)
