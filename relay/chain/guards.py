"""The triggers that forbid to change what is chained (migration 0023). A newer migration that makes one of these tables
anew has to make them anew too.
"""

from __future__ import annotations

from sqlalchemy import Connection

from relay.models import Fact

REFUSED = "BEGIN SELECT RAISE(ABORT, 'the record is only added to'); END"
ON_SQLITE = {
    f"chain_link_{deed.lower()}": f"CREATE TRIGGER chain_link_{deed.lower()} BEFORE {deed} ON chainlink {REFUSED}"
    for deed in ("UPDATE", "DELETE")
} | {
    f"chain_{fact}_{deed.lower()}": f"CREATE TRIGGER chain_{fact}_{deed.lower()} BEFORE {deed} ON {fact} "  # noqa: S608 - names of ours
    f"WHEN EXISTS (SELECT 1 FROM chainlink WHERE fact = '{fact}' AND row_id = OLD.id) "
    f"AND NOT EXISTS (SELECT 1 FROM chainpermit WHERE fact = '{fact}' AND row_id = OLD.id) {REFUSED}"
    for fact in Fact
    for deed in ("UPDATE", "DELETE")
}
"""Word for word: a trigger of the same name that never fires guards nothing."""
RAISED = "RAISE EXCEPTION 'the record is only added to' USING ERRCODE = 'integrity_constraint_violation'"
ALWAYS = f"BEGIN {RAISED}; END"
GUARDED = (
    "BEGIN IF EXISTS (SELECT 1 FROM chainlink WHERE fact = TG_TABLE_NAME AND row_id = OLD.id) "  # noqa: S608 - ours
    "AND NOT EXISTS (SELECT 1 FROM chainpermit WHERE fact = TG_TABLE_NAME AND row_id = OLD.id) "
    f"THEN {RAISED}; END IF; IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW; END"
)
ON_POSTGRES = (
    {"chain_link_changed": ("chainlink", ALWAYS)}
    | {f"chain_{fact}_changed": (fact.value, GUARDED) for fact in Fact}
    | {f"chain_{table}_emptied": (table, ALWAYS) for table in ("chainlink", *(fact.value for fact in Fact))}
)
"""By name: the table, and what its function does."""


def missing(connection: Connection) -> list[str]:
    """Triggers that are not there, are switched off, or are not the ones that were made."""
    if connection.dialect.name == "postgresql":
        known = (
            "SELECT t.tgname, t.tgrelid::regclass::text, p.prosrc FROM pg_trigger AS t JOIN pg_proc AS p "
            "ON p.oid = t.tgfoid WHERE t.tgname LIKE 'chain!_%%' ESCAPE '!' AND t.tgenabled IN ('O', 'A') "
            "AND t.tgqual IS NULL"
        )
        there = {name: (table, " ".join(does.split())) for name, table, does in connection.exec_driver_sql(known)}
        return sorted(name for name, guard in ON_POSTGRES.items() if there.get(name) != guard)
    known = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
    made = {name: " ".join(words.split()) for name, words in connection.exec_driver_sql(known)}
    return sorted(name for name, words in ON_SQLITE.items() if made.get(name) != words)


def open_permits(connection: Connection) -> int:
    """None outlives the unit of work that took it; one that stands was put there from outside."""
    return int(connection.exec_driver_sql("SELECT count(*) FROM chainpermit").scalar() or 0)
