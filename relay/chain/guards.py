"""The triggers that forbid to change what is chained (migration 0023). A newer migration that makes one of these tables
anew has to make them anew too.
"""

from __future__ import annotations

from sqlalchemy import Connection

from relay.models import Fact

ON_SQLITE = frozenset(f"chain_{name}_{deed}" for name in ("link", *Fact) for deed in ("update", "delete"))
ON_POSTGRES = frozenset(
    [
        "chain_link_changed",
        *(f"chain_{fact}_changed" for fact in Fact),
        *(f"chain_{table}_emptied" for table in ("chainlink", *Fact)),
    ]
)


def missing(connection: Connection) -> list[str]:
    """Triggers that are not there, or are switched off."""
    if connection.dialect.name == "postgresql":
        known = "SELECT tgname FROM pg_trigger WHERE tgname LIKE 'chain!_%%' ESCAPE '!' AND tgenabled IN ('O', 'A')"
        return sorted(ON_POSTGRES - set(connection.exec_driver_sql(known).scalars()))
    known = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND sql LIKE '%RAISE(ABORT,%'"
    return sorted(ON_SQLITE - set(connection.exec_driver_sql(known).scalars()))


def open_permits(connection: Connection) -> int:
    """None outlives the unit of work that took it; one that stands was put there from outside."""
    return int(connection.exec_driver_sql("SELECT count(*) FROM chainpermit").scalar() or 0)
