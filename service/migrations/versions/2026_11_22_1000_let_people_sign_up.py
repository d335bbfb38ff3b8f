"""let people sign up."""

import sqlalchemy as sa
from alembic import op

from service.db.base import UtcDateTime

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "lists",
        sa.Column("consent_ip_days", sa.SmallInteger(), server_default="30", nullable=False),
    )
    op.add_column("consents", sa.Column("text_version", sa.String(length=12), nullable=True))
    op.add_column("consents", sa.Column("ip", sa.String(length=45), nullable=True))
    op.create_index(
        "ix_consents_with_ip",
        "consents",
        ["happened_at"],
        postgresql_where=sa.text("ip IS NOT NULL"),
        sqlite_where=sa.text("ip IS NOT NULL"),
    )
    op.create_index(
        "ix_subscriptions_pending",
        "subscriptions",
        ["created_at"],
        postgresql_where=sa.text("status = 'pending'"),
        sqlite_where=sa.text("status = 'pending'"),
    )
    op.create_table(
        "sign_up_budgets",
        sa.Column("scope", sa.String(length=8), nullable=False),
        sa.Column("holder", sa.String(length=32), nullable=False),
        sa.Column("hour", UtcDateTime(), nullable=False),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("scope", "holder", "hour", name=op.f("pk_sign_up_budgets")),
    )
    op.create_index("ix_sign_up_budgets_hour", "sign_up_budgets", ["hour"])
    op.create_table(
        "sign_up_addresses",
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("address", sa.String(length=32), nullable=False),
        sa.Column("mailed_at", UtcDateTime(), nullable=False),
        sa.Column("unanswered", sa.SmallInteger(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "address", name=op.f("pk_sign_up_addresses")),
    )
    op.create_table(
        "consent_texts",
        sa.Column("version", sa.String(length=12), nullable=False),
        sa.Column("language", sa.String(length=12), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("first_shown_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_consent_texts")),
    )


def downgrade() -> None:
    for table in ("consent_texts", "sign_up_addresses", "sign_up_budgets"):
        op.drop_table(table)
    op.drop_index("ix_subscriptions_pending", "subscriptions")
    op.drop_index("ix_consents_with_ip", "consents")
    op.drop_column("consents", "ip")
    op.drop_column("consents", "text_version")
    op.drop_column("lists", "consent_ip_days")
