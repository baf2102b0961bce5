"""permissions

Campaigns that are there go on as they were: a public post with the tag counts, and people are told of what is lacking.
Who agreed for a child is taken from where it stood, the hand-in or the answer of a mending.
"""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

NEW = {"campaign": ("permission", "gate"), "consent": (
    "archive", "broadcast", "abroad", "until", "minor", "guardian", "way", "words", "name", "language", "visitor",
)}  # fmt: skip
PARTICIPANT = "the participant"
"""Who answers by the private page of a mending."""


def upgrade() -> None:
    op.add_column("campaign", _text("permission", 16, default="public-post"))
    op.add_column("campaign", _text("gate", 16, default="tell"))
    op.add_column("almanac", sa.Column("uses", sa.JSON(), nullable=False, server_default="[]"))
    for name in ("archive", "broadcast", "abroad"):
        op.add_column("consent", sa.Column(name, sa.Boolean(), nullable=True))
    op.add_column("consent", sa.Column("until", sa.Date(), nullable=True))
    op.add_column("consent", sa.Column("minor", sa.Boolean(), nullable=False, server_default=sa.false()))
    for name, length in (("guardian", None), ("way", 16), ("words", None), ("name", None), ("language", 8)):
        op.add_column("consent", _text(name, length))
    op.add_column("consent", _text("visitor", 64))
    op.create_table(
        "consentask",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("clip_id", sa.Integer(), nullable=False),
        sa.Column("asked_by", sa.String(), nullable=False),
        sa.Column("nonce", sa.String(length=32), nullable=False),
        sa.Column("link_hash", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("expires_at", sa.DateTime(), nullable=False),
        sa.Column("answered_at", sa.DateTime(), nullable=True),
        sa.Column("revoked_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(["clip_id"], ["clip.id"], name=op.f("fk_consentask_clip_id_clip")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consentask")),
        sa.UniqueConstraint("link_hash", name=op.f("uq_consentask_link_hash")),
    )
    op.create_index(op.f("ix_consentask_clip_id"), "consentask", ["clip_id"], unique=False)
    op.create_table(
        "permissionoverride",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("clip_id", sa.Integer(), nullable=False),
        sa.Column("lacks", sa.JSON(), nullable=False),
        sa.Column("consent_id", sa.Integer(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["clip_id"], ["clip.id"], name=op.f("fk_permissionoverride_clip_id_clip")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_permissionoverride")),
    )
    op.create_index(op.f("ix_permissionoverride_clip_id"), "permissionoverride", ["clip_id"], unique=False)
    _fill_guardians(op.get_bind())


def _text(name: str, length: int | None, *, default: str = "") -> sa.Column[str]:
    return sa.Column(name, sa.String(length=length), nullable=False, server_default=default)


def _fill_guardians(connection: sa.Connection) -> None:
    """By the hand-in that the consent names as its person, or behind the sentence of a mending's answer."""
    kept = sa.table("consent", sa.column("id"), sa.column("guardian"), sa.column("way"))

    def note(number: int, guardian: str) -> None:
        connection.execute(kept.update().where(kept.c.id == number).values(guardian=guardian, way="form"))

    of_hand_ins = "SELECT c.id, h.guardian FROM consent c JOIN handin h ON c.person = '№ ' || h.number"
    for number, guardian in connection.execute(sa.text(of_hand_ins)).all():
        note(number, guardian)
    answered = sa.text("SELECT id, evidence FROM consent WHERE person = :person")
    for number, evidence in connection.execute(answered, {"person": PARTICIPANT}).all():
        note(number, evidence.partition(" — ")[2])


def downgrade() -> None:
    op.drop_table("permissionoverride")
    op.drop_table("consentask")
    for table, columns in {**NEW, "almanac": ("uses",)}.items():
        for column in columns:
            op.drop_column(table, column)
