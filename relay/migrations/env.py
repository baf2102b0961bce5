"""Alembic's entry point; Relay gives it the connection (store.py)."""

from typing import Any, Literal

from alembic import context
from sqlmodel import SQLModel
from sqlmodel.sql.sqltypes import AutoString

from relay import models


def _plain_text(kind: str, item: Any, _context: Any) -> str | Literal[False]:
    """SQLModel's own string type is written as SQLAlchemy's, so that a migration needs nothing else."""
    if kind == "type" and isinstance(item, AutoString):
        return f"sa.String(length={item.length})" if item.length else "sa.String()"
    return False


def run() -> None:
    models.load_all()
    connection = context.config.attributes["connection"]
    context.configure(
        connection=connection,
        target_metadata=SQLModel.metadata,
        render_as_batch=True,
        compare_type=True,
        render_item=_plain_text,
    )
    with context.begin_transaction():
        context.run_migrations()


run()
