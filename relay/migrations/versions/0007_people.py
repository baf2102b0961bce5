"""people

Roles per campaign, a second factor, and what a person may know of their own sign-ins.
"""

import sqlalchemy as sa
from alembic import op

import relay.models

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

ROLE = sa.Enum("organizer", "moderator", "editor", "viewer", name="role", native_enum=False, length=32)


def upgrade() -> None:
    with op.batch_alter_table("websession", schema=None, recreate="never") as batch_op:
        for name in ("browser", "address"):
            batch_op.add_column(sa.Column(name, sa.String(length=64), nullable=False, server_default=""))
    op.create_table(
        "campaignrole",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("role", ROLE, nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_campaignrole_account_id_account")),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_campaignrole_campaign_id_campaign")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaignrole")),
        sa.UniqueConstraint("account_id", "campaign_id", name=op.f("uq_campaignrole_account_id_campaign_id")),
    )
    op.create_index(op.f("ix_campaignrole_account_id"), "campaignrole", ["account_id"], unique=False)
    op.create_table(
        "secondfactor",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("salt", sa.String(length=64), nullable=False),
        sa.Column("last_step", sa.Integer(), nullable=False),
        sa.Column("begun_at", relay.models.UtcDateTime(), nullable=False),
        sa.Column("confirmed_at", relay.models.UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_secondfactor_account_id_account")),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_secondfactor")),
    )
    op.create_table(
        "recoverycode",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("used_at", relay.models.UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_recoverycode_account_id_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recoverycode")),
    )
    op.create_index(op.f("ix_recoverycode_account_id"), "recoverycode", ["account_id"], unique=False)
    op.create_table(
        "deskpolicy",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("second_factor", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deskpolicy")),
    )
    op.create_table(
        "directoryidentity",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("issuer", sa.String(length=255), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("since", relay.models.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_directoryidentity_account_id_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_directoryidentity")),
        sa.UniqueConstraint("issuer", "subject", name=op.f("uq_directoryidentity_issuer_subject")),
    )
    op.create_index(op.f("ix_directoryidentity_account_id"), "directoryidentity", ["account_id"], unique=False)


def downgrade() -> None:
    """The database of before knows no account without a role, and no role of one campaign only: those are closed."""
    account = sa.table("account", sa.column("role", sa.String), sa.column("active", sa.Boolean))
    op.execute(account.update().where(account.c.role == "").values(role="viewer", active=False))
    for table in ("directoryidentity", "deskpolicy", "recoverycode", "secondfactor", "campaignrole"):
        op.drop_table(table)
    with op.batch_alter_table("websession", schema=None) as batch_op:
        for name in ("browser", "address"):
            batch_op.drop_column(name)
