"""find and act on many"""

import sqlalchemy as sa
from alembic import op
from sqlmodel import AutoString

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

TEXTS = {
    "clip": ("name", "town", "district", "quote"),
    "post": ("text", "author"),
    "video": ("title", "description", "author"),
}
"""Columns whose words are searched. A row in which one of them changes is noted by a trigger, whoever changes it."""


def upgrade() -> None:
    _tables()
    postgres = op.get_bind().dialect.name == "postgresql"
    for table in TEXTS:
        for statement in _on_postgres(table) if postgres else _on_sqlite(table):
            op.execute(sa.text(statement))
        rows = sa.table(table, sa.column("id"))
        noted = sa.table("searchchange", sa.column("subject"), sa.column("number"))
        op.execute(sa.insert(noted).from_select(["subject", "number"], sa.select(sa.literal(table), rows.c.id)))


def _tables() -> None:
    by_bytes = sa.String().with_variant(sa.String(collation="C"), "postgresql")
    op.create_table(
        "searchword",
        sa.Column("subject", sa.String(length=8), nullable=False),
        sa.Column("word", by_bytes, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("subject", "word", "number", name=op.f("pk_searchword")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_searchword_subject_number", "searchword", ["subject", "number"])
    op.create_table(
        "searchchange",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("subject", sa.String(length=8), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_searchchange")),
    )
    op.create_table(
        "cliptag",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("clip_id", sa.Integer(), nullable=False),
        sa.Column("tag", AutoString(length=40), nullable=False),
        sa.Column("person", AutoString(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["clip_id"], ["clip.id"], name=op.f("fk_cliptag_clip_id_clip")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cliptag")),
        sa.UniqueConstraint("clip_id", "tag", name=op.f("uq_cliptag_clip_id_tag")),
    )
    op.create_index(op.f("ix_cliptag_tag"), "cliptag", ["tag"])
    op.create_table(
        "savedview",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("subject", sa.String(length=8), nullable=False),
        sa.Column("name", AutoString(length=60), nullable=False),
        sa.Column("query", AutoString(), nullable=False),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_savedview_campaign_id_campaign")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_savedview_account_id_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_savedview")),
        sa.UniqueConstraint(
            "campaign_id",
            "account_id",
            "subject",
            "name",
            name=op.f("uq_savedview_campaign_id_account_id_subject_name"),
        ),
    )
    op.create_table(
        "bulkchange",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("person", AutoString(), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("what", AutoString(), nullable=False),
        sa.Column("clips", sa.Integer(), nullable=False),
        sa.Column("left", sa.JSON(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("undone_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_bulkchange_campaign_id_campaign")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bulkchange")),
    )
    op.create_index("ix_bulkchange_campaign_id_person", "bulkchange", ["campaign_id", "person"])
    op.create_table(
        "bulkstep",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("change_id", sa.Integer(), nullable=False),
        sa.Column("clip_id", sa.Integer(), nullable=False),
        sa.Column("decision_id", sa.Integer(), nullable=True),
        sa.Column("consent_id", sa.Integer(), nullable=True),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("after", sa.JSON(), nullable=False),
        sa.Column("undone", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["change_id"], ["bulkchange.id"], name=op.f("fk_bulkstep_change_id_bulkchange")),
        sa.ForeignKeyConstraint(["clip_id"], ["clip.id"], name=op.f("fk_bulkstep_clip_id_clip")),
        sa.ForeignKeyConstraint(["decision_id"], ["decision.id"], name=op.f("fk_bulkstep_decision_id_decision")),
        sa.ForeignKeyConstraint(["consent_id"], ["consent.id"], name=op.f("fk_bulkstep_consent_id_consent")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bulkstep")),
        sa.UniqueConstraint("change_id", "clip_id", name=op.f("uq_bulkstep_change_id_clip_id")),
    )
    op.create_index(op.f("ix_bulkstep_clip_id"), "bulkstep", ["clip_id"])


def _on_sqlite(table: str) -> list[str]:
    columns = TEXTS[table]
    differs = " OR ".join(f"OLD.{column} IS NOT NEW.{column}" for column in columns)
    return [
        f"CREATE TRIGGER search_{table}_{name} AFTER {when} BEGIN "  # noqa: S608 - names of ours
        f"INSERT INTO searchchange (subject, number) VALUES ('{table}', {row}.id); END"
        for name, when, row in (
            ("new", f"INSERT ON {table}", "NEW"),
            ("changed", f"UPDATE OF {', '.join(columns)} ON {table} WHEN {differs}", "NEW"),
            ("gone", f"DELETE ON {table}", "OLD"),
        )
    ]


def _on_postgres(table: str) -> list[str]:
    columns = TEXTS[table]
    differs = " OR ".join(f"OLD.{column} IS DISTINCT FROM NEW.{column}" for column in columns)
    noting = (
        f"CREATE OR REPLACE FUNCTION search_{table}_noted() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "  # noqa: S608 - names of ours
        f"INSERT INTO searchchange (subject, number) "
        f"VALUES ('{table}', CASE WHEN TG_OP = 'DELETE' THEN OLD.id ELSE NEW.id END); RETURN NULL; END $$"
    )
    calling = f"FOR EACH ROW %s EXECUTE FUNCTION search_{table}_noted()"
    return [
        noting,
        f"CREATE TRIGGER search_{table}_new AFTER INSERT ON {table} {calling % ''}",
        f"CREATE TRIGGER search_{table}_changed AFTER UPDATE OF {', '.join(columns)} ON {table} "
        + calling % f"WHEN ({differs})",
        f"CREATE TRIGGER search_{table}_gone AFTER DELETE ON {table} {calling % ''}",
    ]


def downgrade() -> None:
    postgres = op.get_bind().dialect.name == "postgresql"
    for table in TEXTS:
        for name in ("new", "changed", "gone"):
            of = f" ON {table}" if postgres else ""
            op.execute(sa.text(f"DROP TRIGGER search_{table}_{name}{of}"))
        if postgres:
            op.execute(sa.text(f"DROP FUNCTION search_{table}_noted()"))
    for name in ("bulkstep", "bulkchange", "savedview", "cliptag", "searchchange", "searchword"):
        op.drop_table(name)
