"""search in what was said"""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

OF_RECORDING = "INSERT INTO searchchange (subject, number) SELECT 'heard', id FROM clip WHERE sha256 = {row}.sha256"
OF_CLIP = "INSERT INTO searchchange (subject, number) VALUES ('heard', {row}.id)"
OF_NEW_CLIP = (
    "INSERT INTO searchchange (subject, number) SELECT 'heard', {row}.id "
    "WHERE EXISTS (SELECT 1 FROM heardrecording WHERE sha256 = {row}.sha256)"
)
OF_ALL = (
    "INSERT INTO searchchange (subject, number) "
    "SELECT 'heard', id FROM clip WHERE sha256 IN (SELECT sha256 FROM heardrecording)"
)
COMES_OR_GOES = "OLD.state <> NEW.state AND 'withdrawn' IN (OLD.state, NEW.state)"
"""Other states change nothing of what is said."""
CHANGED = f"OLD.sha256 <> NEW.sha256 OR ({COMES_OR_GOES})"
TRIGGERS = (
    ("search_heard_new", "INSERT ON heardrecording", "", OF_RECORDING, "NEW"),
    ("search_heard_changed", "UPDATE ON heardrecording", "", OF_RECORDING, "NEW"),
    ("search_heard_gone", "DELETE ON heardrecording", "", OF_RECORDING, "OLD"),
    ("search_heard_clip_new", "INSERT ON clip", "", OF_NEW_CLIP, "NEW"),
    ("search_heard_clip_changed", "UPDATE OF sha256, state ON clip", CHANGED, OF_CLIP, "NEW"),
    ("search_heard_clip_gone", "DELETE ON clip", "", OF_CLIP, "OLD"),
)
"""Name, when, on which condition, what is noted, and of which row."""


def upgrade() -> None:
    postgres = op.get_bind().dialect.name == "postgresql"
    for name, when, condition, note, row in TRIGGERS:
        for statement in _made(name, when, condition, note.format(row=row), postgres=postgres):
            op.execute(sa.text(statement))
    op.execute(sa.text(OF_ALL))


def _made(name: str, when: str, condition: str, note: str, *, postgres: bool) -> list[str]:
    asked = f"WHEN ({condition})" if condition else ""
    if not postgres:
        return [f"CREATE TRIGGER {name} AFTER {when} {asked} BEGIN {note}; END"]
    return [
        f"CREATE OR REPLACE FUNCTION {name}_noted() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN {note}; RETURN NULL; END $$",
        f"CREATE TRIGGER {name} AFTER {when} FOR EACH ROW {asked} EXECUTE FUNCTION {name}_noted()",
    ]


def downgrade() -> None:
    postgres = op.get_bind().dialect.name == "postgresql"
    for name, when, *_ in TRIGGERS:
        of = f" ON {when.rpartition(' ')[2]}" if postgres else ""
        op.execute(sa.text(f"DROP TRIGGER {name}{of}"))
        if postgres:
            op.execute(sa.text(f"DROP FUNCTION {name}_noted()"))
    for table in ("searchword", "searchchange"):
        op.execute(sa.text(f"DELETE FROM {table} WHERE subject = 'heard'"))  # noqa: S608 - names of ours
