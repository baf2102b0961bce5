"""the record is chained: links, and triggers that forbid to change what has one"""

import sqlalchemy as sa
from alembic import op
from sqlmodel import AutoString

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

FACTS = ("decision", "event", "signoff", "consent")


def upgrade() -> None:
    """Rows that are there get their links behind this, in the same unit of work (Store.upgrade), which has the key."""
    op.create_table(
        "chainlink",
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("fact", sa.String(length=16), nullable=False),
        sa.Column("row_id", sa.Integer(), nullable=False),
        sa.Column("deed", sa.String(length=16), nullable=False),
        sa.Column("shape", sa.Integer(), nullable=False),
        sa.Column("why", AutoString(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_chainlink")),
    )
    op.create_index("ix_chainlink_fact_row_id_position", "chainlink", ["fact", "row_id", "position"], unique=False)
    op.create_table(
        "chainpermit",
        sa.Column("fact", sa.String(length=16), nullable=False),
        sa.Column("row_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("fact", "row_id", name=op.f("pk_chainpermit")),
    )
    postgres = op.get_bind().dialect.name == "postgresql"
    for statement in _on_postgres() if postgres else _on_sqlite():
        op.execute(sa.text(statement))


def _on_sqlite() -> list[str]:
    refused = "BEGIN SELECT RAISE(ABORT, 'the record is only added to'); END"
    made = [
        f"CREATE TRIGGER chain_link_{deed.lower()} BEFORE {deed} ON chainlink {refused}"
        for deed in ("UPDATE", "DELETE")
    ]
    for fact in FACTS:
        chained = (
            f"WHEN EXISTS (SELECT 1 FROM chainlink WHERE fact = '{fact}' AND row_id = OLD.id) "  # noqa: S608 - ours
            f"AND NOT EXISTS (SELECT 1 FROM chainpermit WHERE fact = '{fact}' AND row_id = OLD.id)"
        )
        made += [
            f"CREATE TRIGGER chain_{fact}_{deed.lower()} BEFORE {deed} ON {fact} {chained} {refused}"
            for deed in ("UPDATE", "DELETE")
        ]
    return made


def _on_postgres() -> list[str]:
    refused = "RAISE EXCEPTION 'the record is only added to' USING ERRCODE = 'integrity_constraint_violation'"
    made = [
        f"CREATE FUNCTION chain_refused() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {refused}; END $$",
        "CREATE FUNCTION chain_guarded() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "  # noqa: S608 - ours
        "IF EXISTS (SELECT 1 FROM chainlink WHERE fact = TG_TABLE_NAME AND row_id = OLD.id) "
        "AND NOT EXISTS (SELECT 1 FROM chainpermit WHERE fact = TG_TABLE_NAME AND row_id = OLD.id) "
        f"THEN {refused}; END IF; "
        "IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW; END $$",
        "CREATE TRIGGER chain_link_changed BEFORE UPDATE OR DELETE ON chainlink "
        "FOR EACH ROW EXECUTE FUNCTION chain_refused()",
    ]
    for table in ("chainlink", *FACTS):
        made.append(
            f"CREATE TRIGGER chain_{table}_emptied BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION chain_refused()"
        )
    for fact in FACTS:
        made.append(
            f"CREATE TRIGGER chain_{fact}_changed BEFORE UPDATE OR DELETE ON {fact} "
            "FOR EACH ROW EXECUTE FUNCTION chain_guarded()"
        )
    return made


def downgrade() -> None:
    postgres = op.get_bind().dialect.name == "postgresql"
    for fact in FACTS:
        for name in ("changed", "emptied") if postgres else ("update", "delete"):
            op.execute(sa.text(f"DROP TRIGGER chain_{fact}_{name}{f' ON {fact}' if postgres else ''}"))
    op.drop_table("chainpermit")
    op.drop_table("chainlink")
    if postgres:
        op.execute(sa.text("DROP FUNCTION chain_guarded()"))
        op.execute(sa.text("DROP FUNCTION chain_refused()"))
